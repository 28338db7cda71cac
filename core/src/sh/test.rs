//! Conditions: `test`, `[` and `[[`.

use super::ast::TestExpr;
use super::expand::{Expanded, Expander};
use super::files::{Files, Stat, resolve};
use super::pattern::Pattern;
use super::shell::Shell;

/// The result of a condition, or what bash prints of a wrong one.
pub(super) type Verdict = Result<bool, String>;

/// What a condition looks at.
pub(super) struct World<'a> {
    pub(super) shell: &'a Shell,
    pub(super) files: &'a dyn Files,
    /// Whether a descriptor is a terminal.
    pub(super) terminal: &'a dyn Fn(i32) -> bool,
}

/// Evaluates `[[ ]]`.
pub(super) fn extended(expr: &TestExpr, expander: &mut Expander<'_>) -> Expanded<Verdict> {
    Ok(match expr {
        TestExpr::And(left, right) => match extended(left, expander)? {
            Ok(true) => extended(right, expander)?,
            other => other,
        },
        TestExpr::Or(left, right) => match extended(left, expander)? {
            Ok(false) => extended(right, expander)?,
            other => other,
        },
        TestExpr::Not(inner) => extended(inner, expander)?.map(|value| !value),
        TestExpr::Unary(operator, word) => {
            let text = expander.text(word)?;
            let world = World {
                shell: expander.shell,
                files: expander.files(),
                terminal: &|_| false,
            };
            unary(operator, &text, &world)
        }
        TestExpr::Binary(operator, left, right) => {
            let left_text = expander.text(left)?;
            match operator.as_str() {
                "==" | "=" => Ok(Pattern::new(&expander.pattern(right)?).matches(&left_text)),
                "!=" => Ok(!Pattern::new(&expander.pattern(right)?).matches(&left_text)),
                "contains" => Ok(left_text.contains(&expander.text(right)?)),
                "=~" => regex(&left_text, &expander.regex(right)?, expander),
                "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                    let (left, right) = (expander.arithmetic(left)?, expander.arithmetic(right)?);
                    Ok(compare(operator, left, right))
                }
                _ => {
                    let right = expander.text(right)?;
                    let world = World {
                        shell: expander.shell,
                        files: expander.files(),
                        terminal: &|_| false,
                    };
                    binary(&left_text, operator, &right, &world)
                }
            }
        }
    })
}

fn regex(text: &str, pattern: &str, expander: &mut Expander<'_>) -> Verdict {
    let regex =
        regex_lite::Regex::new(pattern).map_err(|_| format!("[[: invalid regular expression `{pattern}'"))?;
    let Some(captures) = regex.captures(text) else {
        return Ok(false);
    };
    let groups = (0_i64..).zip(captures.iter()).map(|(index, group)| {
        (
            index,
            group.map(|group| group.as_str().to_owned()).unwrap_or_default(),
        )
    });
    expander.pending.push((
        "BASH_REMATCH".to_owned(),
        super::variables::Value::Array(groups.collect()),
    ));
    Ok(true)
}

/// Evaluates the arguments of `test` where no shell does.
///
/// # Errors
///
/// What is wrong with them.
pub fn condition(args: &[String], cwd: &str, files: &dyn Files) -> Result<bool, String> {
    let shell = Shell::new(super::shell::Flavour::Bash, false, cwd);
    let world = World {
        shell: &shell,
        files,
        terminal: &|_| false,
    };
    test(args, &world)
}

/// Evaluates the arguments of `test`.
pub(super) fn test(args: &[String], world: &World<'_>) -> Verdict {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(false),
        [one] => Ok(!one.is_empty()),
        ["!", one] => Ok(one.is_empty()),
        [operator, operand] if is_unary(operator) => unary(operator, operand, world),
        [operator, _] => Err(format!("{operator}: unary operator expected")),
        [left, operator, right] if is_binary(operator) => binary(left, operator, right, world),
        _ => {
            let mut parser = Parser {
                words: &words,
                at: 0,
                world,
            };
            let value = parser.or()?;
            if parser.at < words.len() {
                Err("too many arguments".to_owned())
            } else {
                Ok(value)
            }
        }
    }
}

struct Parser<'a> {
    words: &'a [&'a str],
    at: usize,
    world: &'a World<'a>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).copied()
    }

    fn or(&mut self) -> Verdict {
        let mut value = self.and()?;
        while self.peek() == Some("-o") {
            self.at += 1;
            let right = self.and()?;
            value = value || right;
        }
        Ok(value)
    }

    fn and(&mut self) -> Verdict {
        let mut value = self.not()?;
        while self.peek() == Some("-a") {
            self.at += 1;
            let right = self.not()?;
            value = value && right;
        }
        Ok(value)
    }

    fn not(&mut self) -> Verdict {
        let mut negated = false;
        while self.peek() == Some("!") && self.words.len() > self.at + 1 {
            negated = !negated;
            self.at += 1;
        }
        Ok(self.primary()? != negated)
    }

    fn primary(&mut self) -> Verdict {
        let first = self.peek().ok_or("argument expected")?.to_owned();
        if first == "(" {
            self.at += 1;
            let value = self.or()?;
            if self.peek() != Some(")") {
                return Err("`)' expected".to_owned());
            }
            self.at += 1;
            return Ok(value);
        }
        if let (Some(operator), Some(right)) = (self.words.get(self.at + 1), self.words.get(self.at + 2))
            && is_binary(operator)
        {
            self.at += 3;
            return binary(&first, operator, right, self.world);
        }
        if is_unary(&first)
            && let Some(operand) = self.words.get(self.at + 1)
        {
            self.at += 2;
            return unary(&first, operand, self.world);
        }
        self.at += 1;
        Ok(!first.is_empty())
    }
}

fn is_unary(operator: &str) -> bool {
    let mut chars = operator.chars();
    matches!((chars.next(), chars.next(), chars.next()), (Some('-'), Some(letter), None) if "abcdefghknoprstuvwxzGLNORS".contains(letter))
}

fn is_binary(operator: &str) -> bool {
    matches!(
        operator,
        "=" | "==" | "!=" | "<" | ">" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot" | "-ef"
    )
}

fn unary(operator: &str, operand: &str, world: &World<'_>) -> Verdict {
    let stat = || -> Option<Stat> {
        if operand.is_empty() {
            None
        } else {
            world.files.stat(&resolve(&world.shell.cwd, operand))
        }
    };
    Ok(match operator {
        "-z" => operand.is_empty(),
        "-n" => !operand.is_empty(),
        "-e" | "-a" | "-r" | "-w" | "-O" | "-G" | "-N" => stat().is_some(),
        "-f" => stat().is_some_and(|stat| !stat.directory),
        "-d" => stat().is_some_and(|stat| stat.directory),
        "-s" => stat().is_some_and(|stat| stat.size > 0),
        "-x" => stat().is_some_and(|stat| stat.directory || stat.executable),
        "-v" => world.shell.variables.value(operand).is_some(),
        "-t" => match operand.parse() {
            Ok(fd) => (world.terminal)(fd),
            Err(_) => return Err(format!("{operand}: integer expression expected")),
        },
        "-o" => match operand {
            "errexit" => world.shell.options.errexit,
            "nounset" => world.shell.options.nounset,
            "xtrace" => world.shell.options.xtrace,
            "noglob" => world.shell.options.noglob,
            "pipefail" => world.shell.options.pipefail,
            _ => false,
        },
        _ => false,
    })
}

fn binary(left: &str, operator: &str, right: &str, world: &World<'_>) -> Verdict {
    let modified = |path: &str| {
        world
            .files
            .stat(&resolve(&world.shell.cwd, path))
            .map(|stat| stat.modified_micros)
    };
    match operator {
        "=" | "==" => Ok(left == right),
        "!=" => Ok(left != right),
        "<" => Ok(left < right),
        ">" => Ok(left > right),
        "-nt" => Ok(modified(left) > modified(right)),
        "-ot" => Ok(modified(left) < modified(right)),
        "-ef" => Ok(resolve(&world.shell.cwd, left) == resolve(&world.shell.cwd, right)),
        _ => {
            let number = |text: &str| {
                text.trim()
                    .parse::<i64>()
                    .map_err(|_| format!("{text}: integer expression expected"))
            };
            Ok(compare(operator, number(left)?, number(right)?))
        }
    }
}

fn compare(operator: &str, left: i64, right: i64) -> bool {
    match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-lt" => left < right,
        "-le" => left <= right,
        "-gt" => left > right,
        _ => left >= right,
    }
}
