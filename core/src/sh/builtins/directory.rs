//! `cd` and `pwd`.

use super::super::files::resolve;
use super::{Context, Interpreter, Outcome, rest};

pub(super) fn cd(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let args: Vec<&String> = rest(argv)
        .iter()
        .filter(|arg| !matches!(arg.as_str(), "--" | "-L" | "-P"))
        .collect();
    let mut announce = false;
    let target = match args.as_slice() {
        [] => match shell.shell.variables.text("HOME") {
            Some(home) => home.to_owned(),
            None => {
                shell.complain(cx, "cd", "HOME not set");
                return Outcome::Status(1);
            }
        },
        [dash] if *dash == "-" => match shell.shell.variables.text("OLDPWD") {
            Some(old) => {
                announce = true;
                old.to_owned()
            }
            None => {
                shell.complain(cx, "cd", "OLDPWD not set");
                return Outcome::Status(1);
            }
        },
        [path] => (*path).clone(),
        _ => {
            shell.complain(cx, "cd", "too many arguments");
            return Outcome::Status(1);
        }
    };
    let path = resolve(&shell.shell.cwd, &target);
    let reason = match cx.host.files().stat(&path) {
        Some(stat) if stat.directory => {
            let old = std::mem::replace(&mut shell.shell.cwd, path.clone());
            shell.shell.variables.export("OLDPWD", old);
            shell.shell.variables.export("PWD", path.clone());
            if announce {
                cx.write(1, &format!("{path}\n"));
            }
            return Outcome::Status(0);
        }
        Some(_) => "Not a directory",
        None => "No such file or directory",
    };
    shell.complain(cx, "cd", &format!("{target}: {reason}"));
    Outcome::Status(1)
}

pub(super) fn pwd(shell: &mut Interpreter, _: &[String], cx: &mut Context<'_>) -> Outcome {
    cx.write(1, &format!("{}\n", shell.shell.cwd));
    Outcome::Status(0)
}
