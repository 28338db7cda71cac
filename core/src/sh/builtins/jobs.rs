//! Jobs: `jobs`, `fg`, `bg`, `wait`, `kill`.

use super::super::frames::{Frame, Job, Pid};
use super::super::interpreter::Step;
use super::super::shell::Flavour;
use super::super::signals::signal_number;
use super::{Context, Interpreter, Outcome, rest};

impl Interpreter {
    /// Notes which jobs have ended.
    fn update_jobs(&mut self, cx: &mut Context<'_>) {
        for job in &mut self.jobs {
            if job.status.is_none() {
                job.status = cx.exits.remove(&job.pid);
            }
        }
    }

    /// The lines about finished jobs, which are then forgotten.
    pub(in super::super) fn take_finished_jobs(&mut self) -> String {
        let last = self.jobs.iter().map(|job| job.number).max();
        let (finished, running): (Vec<Job>, Vec<Job>) = std::mem::take(&mut self.jobs)
            .into_iter()
            .partition(|job| job.status.is_some());
        self.jobs = running;
        finished.iter().map(|job| describe(job, last)).collect()
    }

    fn find_job(&self, name: &str) -> Option<&Job> {
        match name.strip_prefix('%') {
            Some("" | "%" | "+") => self.jobs.last(),
            Some("-") => self.jobs.iter().rev().nth(1),
            Some(number) => match number.parse::<u32>() {
                Ok(number) => self.jobs.iter().find(|job| job.number == number),
                Err(_) => self.jobs.iter().find(|job| job.text.starts_with(number)),
            },
            None => {
                let pid: Pid = name.parse().ok()?;
                self.jobs.iter().find(|job| job.pid == pid)
            }
        }
    }

    /// Waits for jobs: the status is the last one's.
    pub(in super::super) fn wait_frame(&mut self, mut pids: Vec<Pid>, cx: &mut Context<'_>) -> Step {
        self.update_jobs(cx);
        while let Some(pid) = pids.first().copied() {
            let job = self.jobs.iter().position(|job| job.pid == pid);
            let status = match job {
                None => Some(127),
                Some(index) => self.jobs.get(index).and_then(|job| job.status),
            };
            let Some(status) = status else {
                self.frames.push(Frame::Wait { pids });
                return Step::Blocked(None);
            };
            if let Some(index) = job {
                self.jobs.remove(index);
            }
            self.shell.status = status;
            pids.remove(0);
        }
        self.finish(self.shell.status);
        Step::Continue
    }
}

fn describe(job: &Job, last: Option<u32>) -> String {
    let mark = if Some(job.number) == last { '+' } else { ' ' };
    let state = match job.status {
        None => "Running".to_owned(),
        Some(0) => "Done".to_owned(),
        Some(143) => "Terminated".to_owned(),
        Some(137) => "Killed".to_owned(),
        Some(130) => "Interrupt".to_owned(),
        Some(status) => format!("Exit {status}"),
    };
    let text = if job.status.is_none() {
        format!("{} &", job.text)
    } else {
        job.text.clone()
    };
    format!("[{}]{mark}  {state:<24}{text}\n", job.number)
}

pub(super) fn jobs(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    shell.update_jobs(cx);
    let last = shell.jobs.iter().map(|job| job.number).max();
    let only_pids = rest(argv).iter().any(|arg| arg == "-p");
    let long = rest(argv).iter().any(|arg| arg == "-l");
    let lines = shell.jobs.iter().map(|job| match (only_pids, long) {
        (true, _) => format!("{}\n", job.pid),
        (false, true) => describe(job, last).replacen("  ", &format!(" {} ", job.pid), 1),
        (false, false) => describe(job, last),
    });
    let text: String = lines.collect();
    cx.write(1, &text);
    shell.jobs.retain(|job| job.status.is_none());
    Outcome::Status(0)
}

pub(super) fn fg(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let name = argv.get(1).map_or("%+", String::as_str);
    match shell.find_job(name).cloned() {
        Some(job) => {
            cx.write(1, &format!("{}\n", job.text));
            shell.frames.push(Frame::Wait { pids: vec![job.pid] });
            Outcome::Continues
        }
        None => {
            let shown = if argv.len() > 1 { name } else { "current" };
            shell.complain(cx, "fg", &format!("{shown}: no such job"));
            Outcome::Status(1)
        }
    }
}

pub(super) fn bg(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let name = argv.get(1).map_or("%+", String::as_str);
    match shell.find_job(name).cloned() {
        Some(job) => {
            shell.complain(cx, "bg", &format!("job {} already in background", job.number));
            Outcome::Status(0)
        }
        None => {
            let shown = if argv.len() > 1 { name } else { "current" };
            shell.complain(cx, "bg", &format!("{shown}: no such job"));
            Outcome::Status(1)
        }
    }
}

pub(super) fn wait(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    shell.update_jobs(cx);
    let names = rest(argv);
    let mut pids = Vec::new();
    if names.is_empty() {
        pids.extend(shell.jobs.iter().map(|job| job.pid));
        shell.shell.status = 0;
    }
    for name in names {
        match shell.find_job(name) {
            Some(job) => pids.push(job.pid),
            None => {
                let message = if name.starts_with('%') {
                    format!("{name}: no such job")
                } else {
                    format!("pid {name} is not a child of this shell")
                };
                shell.complain(cx, "wait", &message);
                return Outcome::Status(127);
            }
        }
    }
    if pids.is_empty() {
        return Outcome::Status(0);
    }
    shell.frames.push(Frame::Wait { pids });
    Outcome::Continues
}

pub(super) fn kill(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let mut signal = 15;
    let mut names: Vec<&str> = Vec::new();
    let mut words = rest(argv).iter();
    while let Some(word) = words.next() {
        match word.strip_prefix('-') {
            Some("l") => {
                cx.write(
                    1,
                    " 1) SIGHUP\t 2) SIGINT\t 3) SIGQUIT\t 9) SIGKILL\t13) SIGPIPE\t15) SIGTERM\n",
                );
                return Outcome::Status(0);
            }
            Some("s" | "n") => signal = words.next().and_then(|name| signal_number(name)).unwrap_or(15),
            Some("-") => names.extend(words.by_ref().map(String::as_str)),
            Some(name) => match signal_number(name) {
                Some(number) => signal = number,
                None => {
                    shell.complain(cx, "kill", &format!("{name}: invalid signal specification"));
                    return Outcome::Status(1);
                }
            },
            None => names.push(word),
        }
    }
    if names.is_empty() {
        cx.write(
            2,
            "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n",
        );
        return Outcome::Status(2);
    }
    let mut status = 0;
    for name in names {
        let pid = match shell.find_job(name) {
            Some(job) => Some(job.pid),
            None => name.parse::<Pid>().ok().filter(|pid| cx.tasks.contains(pid)),
        };
        match pid {
            Some(pid) if signal == 0 => shell.shell.status = i32::from(!cx.tasks.contains(&pid)),
            Some(pid) => cx.kills.push((pid, signal)),
            None if name.parse::<Pid>().is_ok_and(|pid| cx.host.signal(pid, signal)) => {}
            None if name.starts_with('%') => {
                shell.complain(cx, "kill", &format!("{name}: no such job"));
                status = 1;
            }
            None if name.parse::<Pid>().is_ok() => {
                let message = match shell.shell.flavour {
                    Flavour::Bash => format!("({name}) - No such process"),
                    Flavour::Ash => format!("can't kill pid {name}: No such process"),
                };
                shell.complain(cx, "kill", &message);
                status = 1;
            }
            None => {
                shell.complain(
                    cx,
                    "kill",
                    &format!("{name}: arguments must be process or job IDs"),
                );
                status = 1;
            }
        }
    }
    Outcome::Status(status)
}
