//! `read`: one line from descriptor 0, a byte at a time so that the rest stays for others.

use std::time::Duration;

use super::super::frames::{Frame, ReadFrame};
use super::super::interpreter::Step;
use super::super::io::Read;
use super::super::variables::{Value, is_name};
use super::{Context, Interpreter, Outcome, rest};

pub(super) fn read(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let mut frame = ReadFrame {
        names: Vec::new(),
        raw: false,
        delimiter: b'\n',
        most: None,
        deadline: None,
        line: Vec::new(),
        escaped: false,
    };
    let mut words = rest(argv).iter();
    while let Some(word) = words.next() {
        let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            frame.names.push(word.clone());
            frame.names.extend(words.by_ref().cloned());
            break;
        };
        let mut flags = flags.chars();
        while let Some(flag) = flags.next() {
            if matches!(flag, 'r' | 's' | 'e') {
                frame.raw |= flag == 'r';
                continue;
            }
            let attached = flags.as_str().to_owned();
            flags = "".chars();
            let value = if attached.is_empty() {
                words.next().cloned().unwrap_or_default()
            } else {
                attached
            };
            match flag {
                'p' => {
                    if cx.fds.get(&0).is_some_and(|id| cx.table.is_terminal(*id)) {
                        cx.write(2, &value);
                    }
                }
                'd' => frame.delimiter = value.bytes().next().unwrap_or(0),
                'n' | 'N' => frame.most = value.parse().ok(),
                't' => {
                    let seconds: f64 = value.parse().unwrap_or(0.0);
                    let wait = Duration::try_from_secs_f64(seconds).unwrap_or_default();
                    frame.deadline = Some(cx.now + wait);
                }
                'a' => frame.names.push(value),
                other => {
                    shell.complain(cx, "read", &format!("-{other}: invalid option"));
                    return Outcome::Status(2);
                }
            }
        }
    }
    if let Some(bad) = frame.names.iter().find(|name| !is_name(name)) {
        shell.complain(cx, "read", &format!("`{bad}': not a valid identifier"));
        return Outcome::Status(1);
    }
    shell.frames.push(Frame::Read(frame));
    Outcome::Continues
}

impl Interpreter {
    /// Reads on; the status is 1 when the input ends before the delimiter.
    pub(in super::super) fn read_frame(&mut self, mut frame: ReadFrame, cx: &mut Context<'_>) -> Step {
        let Some(input) = cx.fds.get(&0).copied() else {
            self.finish(1);
            return Step::Continue;
        };
        let status = loop {
            if frame.most.is_some_and(|most| frame.line.len() >= most) {
                break 0;
            }
            match cx.table.read(input, cx.host.files(), 1) {
                Read::Data(bytes) => {
                    let Some(byte) = bytes.first().copied() else {
                        break 1;
                    };
                    if frame.escaped {
                        frame.escaped = false;
                        if byte != b'\n' {
                            frame.line.push(byte);
                        }
                    } else if byte == frame.delimiter {
                        break 0;
                    } else if byte == b'\\' && !frame.raw {
                        frame.escaped = true;
                    } else {
                        frame.line.push(byte);
                    }
                }
                Read::End | Read::Failed(_) => break 1,
                Read::Pending => match frame.deadline {
                    Some(deadline) if deadline <= cx.now => break 142,
                    deadline => {
                        self.frames.push(Frame::Read(frame));
                        return Step::Blocked(deadline);
                    }
                },
            }
        };
        self.assign_line(&frame, cx);
        self.finish(status);
        Step::Continue
    }

    fn assign_line(&mut self, frame: &ReadFrame, cx: &mut Context<'_>) {
        let line = String::from_utf8_lossy(&frame.line).into_owned();
        let separators = self.shell.variables.text("IFS").unwrap_or(" \t\n").to_owned();
        let mut assigned: Vec<(String, String)> = Vec::new();
        match frame.names.split_last() {
            None => assigned.push(("REPLY".to_owned(), line)),
            Some((last, first)) => {
                let mut left = trim_start(&line, &separators).to_owned();
                for name in first {
                    let (field, remainder) = next_field(&left, &separators);
                    assigned.push((name.clone(), field));
                    left = remainder;
                }
                let blank = |c: char| c.is_whitespace() && separators.contains(c);
                assigned.push((last.clone(), left.trim_end_matches(blank).to_owned()));
            }
        }
        for (name, value) in assigned {
            if self.shell.variables.assign(&name, Value::Scalar(value)).is_err() {
                self.report(cx, &format!("{name}: readonly variable"));
            }
        }
    }
}

fn trim_start<'a>(text: &'a str, separators: &str) -> &'a str {
    text.trim_start_matches(|c: char| c.is_whitespace() && separators.contains(c))
}

fn next_field(text: &str, separators: &str) -> (String, String) {
    let Some(end) = text.find(|c| separators.contains(c)) else {
        return (text.to_owned(), String::new());
    };
    let (field, tail) = text.split_at(end);
    let tail = trim_start(tail, separators);
    // One separator that is no blank goes with the blanks around it.
    let tail = match tail.chars().next() {
        Some(c) if separators.contains(c) && !c.is_whitespace() => {
            trim_start(tail.get(c.len_utf8()..).unwrap_or(""), separators)
        }
        _ => tail,
    };
    (field.to_owned(), tail.to_owned())
}
