//! Whatever is typed, nothing panics, nothing hangs, and unfinished input is told from wrong input.

use std::time::Duration;

use proptest::prelude::*;

use super::{run_until, start};
use crate::sh::{Missing, SyntaxError, syntax};
use crate::sim::Time;

fn check_incomplete(text: &str, expected: Option<Missing>) {
    let result = syntax::parse(text, &syntax::Aliases::new());
    match expected {
        Some(missing) => assert_eq!(result, Err(SyntaxError::Incomplete(missing)), "{text:?}"),
        None => assert!(
            !matches!(result, Err(SyntaxError::Incomplete(_))),
            "{text:?}: {result:?}"
        ),
    }
}

#[test]
fn unfinished_input_is_told_from_wrong_input() {
    check_incomplete("echo 'a", Some(Missing::Closing('\'')));
    check_incomplete("echo \"a\n", Some(Missing::Closing('"')));
    check_incomplete("echo a &&", Some(Missing::Command));
    check_incomplete("echo a |\n", Some(Missing::Command));
    check_incomplete("if true; then", Some(Missing::Command));
    check_incomplete("for i in 1 2\n", Some(Missing::Command));
    check_incomplete("f() {", Some(Missing::Command));
    check_incomplete("case x in a) echo", Some(Missing::Command));
    check_incomplete("cat <<EOF\nabc\n", Some(Missing::Heredoc));
    check_incomplete("echo $(ls", Some(Missing::Closing(')')));
    check_incomplete("echo a \\\n", Some(Missing::Continuation));
    check_incomplete("kubectl get pods \\", Some(Missing::Continuation));
    for complete in [
        "",
        "echo a",
        "done",
        "}",
        "fi",
        "echo a; done",
        ")",
        "cat <<EOF\na\nEOF\n",
        "echo 'a\\'",
        "# \\",
        "a \\\\",
    ] {
        check_incomplete(complete, None);
    }
}

#[test]
fn tags_that_the_parser_cannot_read_are_refused() {
    let parse = |text| syntax::parse(text, &syntax::Aliases::new());
    assert_eq!(parse("cat <<E$(a)\nb\nE$(a)\n"), Err(SyntaxError::TooComplex));
    for fine in [
        "echo $((1<<$(echo 2)))",
        "cat <<<$(date)",
        "cat <<E $(date)\na\nE\n",
        "cat <<'E'\n$(a)\nE\n",
    ] {
        assert!(parse(fine).is_ok(), "{fine}");
    }
}

/// Runs a text for a little virtual time.
fn survive(text: &str) {
    if let Ok((mut machine, mut host)) = start(text) {
        run_until(
            &mut machine,
            &mut host,
            Time::ZERO,
            Time::ZERO + Duration::from_millis(40),
        );
        let _ = machine.take_output();
    }
}

/// Texts that nest without measure.
fn nested() -> Vec<String> {
    vec![
        "(".repeat(5_000),
        "$(".repeat(5_000),
        "${x:-".repeat(3_000),
        "{".repeat(5_000),
        "! ".repeat(20_000) + "true",
        "if true; then ".repeat(2_000),
        "echo $((".to_owned() + &"-".repeat(3_000) + "1))",
        "echo $((".to_owned() + &"1+".repeat(3_000) + "1))",
        "echo $((".to_owned() + &"2**".repeat(400) + "1))",
        "[[ ".to_owned() + &"! ".repeat(3_000) + "a ]]",
        "[[ ".to_owned() + &"a && ".repeat(5_000) + "a ]]",
    ]
}

/// Texts that count, grow or run without measure.
fn endless() -> Vec<String> {
    vec![
        "echo {1..99999999999}".to_owned(),
        "echo {99999999999999999999..1}".to_owned(),
        "echo {a,b}".to_owned() + &"{a,b}".repeat(40),
        "cat ~99999999999999999999999".to_owned(),
        "99999999999999999999>x".to_owned(),
        "x=a; while :; do x=$x$x; done".to_owned(),
        "f() { f; }; f".to_owned(),
        "f() { f | f; }; f".to_owned(),
        "f() { f & f; }; f".to_owned(),
        "x=x; echo $((x))".to_owned(),
        "printf '%999999999d' 1".to_owned(),
        "echo ${x:$((1<<62))} $((1 << 64)) $((-9223372036854775808 / -1)) ${x: -9223372036854775808}"
            .to_owned(),
        "x=$(yes)".to_owned(),
        "a=(x); echo ${a[-9223372036854775808]}; a[9223372036854775807]=y; a+=(z)".to_owned(),
        "eval \"$(printf 'echo %s;' {1..2000})\"".to_owned(),
        "true".to_owned() + &" && true".repeat(20_000),
        "true".to_owned() + &" | true".repeat(2_000),
        "x='".to_owned() + &"~".repeat(500) + "1'; echo $((x))",
        "x='".to_owned() + &"(".repeat(250) + "1'; echo $((x))",
        "x='".to_owned() + &"a=".repeat(250) + "1'; echo $((x))",
        "x='".to_owned() + &"1?1:".repeat(120) + "1'; echo $((x))",
        "x='".to_owned() + &"1+".repeat(250) + "1'; echo $((x))",
        "cat <<E$( <J ".to_owned(),
        "x=$(: <<<a <<-E${ <J ".to_owned(),
        "echo \\".to_owned(),
        "${".to_owned(),
        "echo ${x@Z} ${!} ${x".to_owned(),
    ]
}

#[test]
fn absurd_input_is_survived() {
    for text in nested().into_iter().chain(endless()) {
        survive(&text);
    }
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "echo",
            "a",
            "$x",
            "${x:-b}",
            "$(",
            ")",
            "`",
            "\"",
            "'",
            "|",
            "||",
            "&&",
            "&",
            ";",
            ";;",
            "\n",
            "(",
            "{",
            "}",
            "if",
            "then",
            "else",
            "fi",
            "while",
            "do",
            "done",
            "for",
            "in",
            "case",
            "esac",
            "<",
            ">",
            ">>",
            "<<E",
            "E\n",
            "<<<",
            "2>&1",
            "$((",
            "))",
            "[[",
            "]]",
            "[",
            "]",
            "!",
            "*",
            "?",
            "~",
            "\\",
            "#",
            "$",
            "${",
            "=",
            "x=1",
            "f()",
            "cat",
            "read x",
            "break",
            "return",
            "exit",
            "local y",
            "set -e",
            "sleep 1",
            "yes",
            "head -n 1",
            "wait",
            "exec",
            "trap",
            "{1..3}",
            "%",
            "-",
            "\u{e9}",
            "\u{1f600}",
            "\0",
            "<(",
            "printf %d",
            "eval",
            "kill %1",
            "$@",
            "${x//",
            "/",
            "@Q}",
            "unset",
            "=~",
            "&>",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn random_scripts_never_panic(parts in prop::collection::vec((fragment(), prop::bool::ANY), 0..24)) {
        let text: String = parts.iter().map(|(part, space)| format!("{part}{}", if *space { " " } else { "" })).collect();
        survive(&text);
    }

    #[test]
    fn random_text_never_panics(text in "\\PC{0,80}") {
        survive(&text);
    }
}
