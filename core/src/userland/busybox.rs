//! busybox's words for what goes wrong: its tools say less than GNU's, and say it otherwise.

/// A message of GNU's tools in the words of busybox.
pub(super) fn words(text: &str) -> String {
    text.split_inclusive('\n')
        .filter(|line| !line.starts_with("Try '"))
        .map(|line| match line.split_once(": ") {
            Some((name, rest)) => format!("{name}: {}", said(name, rest)),
            None => line.to_owned(),
        })
        .collect()
}

fn said(name: &str, rest: &str) -> String {
    // What GNU says before a quoted file, and what busybox makes of file and reason.
    let quoted = |prefix: &str| {
        let rest = rest.strip_prefix(prefix)?;
        let rest = rest.strip_prefix(['\'', '‘'])?;
        let at = rest.find(['\'', '’'])?;
        let (file, after) = rest.split_at(at);
        let why = after.trim_start_matches(['\'', '’']);
        Some((file, why.split_once(": ").map_or(why, |(_, why)| why)))
    };
    if let Some((file, why)) = quoted("cannot remove ") {
        return if why.starts_with("Is a directory") {
            format!("'{file}' is a directory\n")
        } else {
            format!("can't remove '{file}': {why}")
        };
    }
    for (prefix, verb) in [
        ("cannot create directory ", "create directory"),
        ("cannot create regular file ", "create"),
        ("cannot stat ", if name == "mv" { "rename" } else { "stat" }),
        ("cannot move ", "rename"),
    ] {
        if let Some((file, why)) = quoted(prefix) {
            return format!("can't {verb} '{file}': {why}");
        }
    }
    if let Some((file, why)) = quoted("failed to remove ") {
        return format!("'{file}': {why}");
    }
    if let Some((file, why)) = quoted("cannot open ") {
        return if name == "tail" {
            format!("can't open '{file}': {why}")
        } else {
            format!("{file}: {why}")
        };
    }
    if let Some((file, why)) = quoted("cannot access ").or_else(|| quoted("cannot touch ")) {
        return format!("{file}: {why}");
    }
    if let Some((number, _)) = quoted("invalid time interval ") {
        return format!("invalid number '{number}'\n");
    }
    if let Some(rest) = rest.strip_prefix("can't read ") {
        return rest.to_owned();
    }
    if let Some(directory) = rest.strip_prefix("-r not specified; ") {
        return directory.to_owned();
    }
    if matches!(name, "cat" | "sort" | "uniq") {
        let rest = rest.strip_prefix("cannot read: ").unwrap_or(rest);
        if let Some((file, why)) = rest.split_once(": ") {
            return if why.starts_with("Is a directory") {
                format!("read error: {why}")
            } else {
                format!("can't open '{file}': {why}")
            };
        }
    }
    rest.to_owned()
}

/// The exit status of busybox where GNU's tools end with 2.
pub(super) fn status(line: &str, status: i32) -> i32 {
    let name = line.split(' ').next().unwrap_or_default();
    if status == 2 && matches!(name, "ls" | "sed" | "sort") {
        1
    } else {
        status
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn messages_are_busyboxs() {
        for (gnu, busybox) in [
            (
                "cat: /absent: No such file or directory\n",
                "cat: can't open '/absent': No such file or directory\n",
            ),
            ("cat: /etc: Is a directory\n", "cat: read error: Is a directory\n"),
            (
                "touch: cannot touch '/etc/sec/x': Read-only file system\n",
                "touch: /etc/sec/x: Read-only file system\n",
            ),
            (
                "ls: cannot access 'x': No such file or directory\n",
                "ls: x: No such file or directory\n",
            ),
            (
                "rm: cannot remove 'x': No such file or directory\n",
                "rm: can't remove 'x': No such file or directory\n",
            ),
            (
                "rm: cannot remove 'd': Is a directory\n",
                "rm: 'd' is a directory\n",
            ),
            (
                "mkdir: cannot create directory ‘d’: File exists\n",
                "mkdir: can't create directory 'd': File exists\n",
            ),
            (
                "mv: cannot stat 'a': No such file or directory\n",
                "mv: can't rename 'a': No such file or directory\n",
            ),
            (
                "sleep: invalid time interval ‘x’\nTry 'sleep --help' for more information.\n",
                "sleep: invalid number 'x'\n",
            ),
            (
                "tail: cannot open 'x' for reading: No such file or directory\n",
                "tail: can't open 'x': No such file or directory\n",
            ),
            (
                "grep: x: No such file or directory\n",
                "grep: x: No such file or directory\n",
            ),
        ] {
            assert_eq!(words(gnu), busybox);
        }
    }
}
