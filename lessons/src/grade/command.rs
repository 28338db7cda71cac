//! "A command that was used": patterns of words over the learner's command lines.
use crate::pattern::glob;

/// Commands that run another one given as their arguments.
const WRAPPERS: [&str; 4] = ["watch", "time", "sudo", "exec"];

/// The simple commands of a line, as words: quotes removed, pipelines and lists taken apart, `k` read as `kubectl`. An approximation of the
/// shell's grammar that is right for what is typed at a prompt; expansions are left as typed.
pub(super) fn simple_commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word = String::new();
    let mut in_word = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                in_word = true;
                while let Some(inner) = chars.next().filter(|inner| *inner != c) {
                    match (c, inner) {
                        ('"', '\\') => word.extend(chars.next()),
                        _ => word.push(inner),
                    }
                }
            }
            '\\' => {
                in_word = true;
                word.extend(chars.next().filter(|next| *next != '\n'));
            }
            '#' if !in_word => while chars.next_if(|next| *next != '\n').is_some() {},
            c if c.is_whitespace() || "|;&()".contains(c) => {
                if in_word {
                    push_word(&mut commands, std::mem::take(&mut word));
                    in_word = false;
                }
                if "|;&()\n".contains(c) && commands.last().is_some_and(|last| !last.is_empty()) {
                    commands.push(Vec::new());
                }
            }
            c => {
                in_word = true;
                word.push(c);
            }
        }
    }
    if in_word {
        push_word(&mut commands, word);
    }
    commands.retain(|command| !command.is_empty());
    commands
}

fn push_word(commands: &mut [Vec<String>], word: String) {
    let Some(command) = commands.last_mut() else {
        return;
    };
    let first = command.iter().all(|w| WRAPPERS.contains(&w.as_str()));
    command.push(if first && word == "k" {
        "kubectl".to_owned()
    } else {
        word
    });
}

/// Whether a simple command holds the pattern's words in order, the first of them being the command itself.
pub(super) fn uses(pattern: &str, command: &[String]) -> bool {
    let mut wanted = pattern.split_whitespace();
    let Some(program) = wanted.next() else {
        return false;
    };
    let mut words = command
        .iter()
        .skip_while(|w| WRAPPERS.contains(&w.as_str()) && *w != program);
    words.next().is_some_and(|word| spells(program, word))
        && wanted.all(|word| words.any(|there| spells(word, there)))
}

fn spells(pattern: &str, word: &str) -> bool {
    pattern.split('|').any(|spelling| glob(spelling, word))
}

#[cfg(test)]
mod tests {
    use super::{simple_commands, uses};

    #[test]
    fn used() {
        let check = |pattern: &str, line: &str, expected: bool| {
            let found = simple_commands(line).iter().any(|command| uses(pattern, command));
            assert_eq!(found, expected, "{pattern} in {line}");
        };
        check("kubectl get", "kubectl get pods", true);
        check("kubectl get", "k get pods | grep web", true);
        check("kubectl get", "watch k get pods", true);
        check("kubectl get", "echo kubectl get", false);
        check("kubectl get", "echo a; kubectl -n x get pods", true);
        check("kubectl get", "kubectl describe pod get", true);
        check(
            "kubectl scale deploy*|rs",
            "kubectl scale --replicas=3 deployment/web",
            true,
        );
        check(
            "kubectl scale --replicas=3",
            "kubectl scale deployment/web --replicas=3",
            true,
        );
        check(
            "kubectl scale --replicas=3",
            "kubectl scale deployment/web --replicas=30",
            false,
        );
        check(
            "kubectl annotate *change-cause=*",
            "kubectl annotate deploy web kubernetes.io/change-cause=\"passage en 1.26\"",
            true,
        );
        check("grep web", "kubectl get pods | grep 'web'", true);
        check("kubectl delete", "# kubectl delete pod web", false);
        check("kubectl get", "cat <<EOF | kubectl apply -f -", false);
    }
}
