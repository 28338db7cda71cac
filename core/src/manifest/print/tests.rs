//! The printers against recorded outputs and go-yaml's finer choices.

use serde_json::{Value, json};

use super::*;
use crate::manifest::parse;

const PRINTED: &str = include_str!("../testdata/printed.yaml");

fn check(value: Value, expected: &str) {
    assert_eq!(to_yaml(&value), expected, "{value}");
    let read = parse(expected).remove(0).map(|document| document.value);
    assert_eq!(read.as_ref(), Ok(&value), "{expected}");
}

#[test]
fn recorded_outputs_print_again_to_the_same_bytes() {
    let cases = parse(PRINTED).remove(0).unwrap().value;
    let mut count = 0;
    for case in cases["yaml"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let printed: Vec<String> = parse(text)
            .into_iter()
            .map(|document| to_yaml(&document.unwrap().value))
            .collect();
        assert_eq!(printed.join("---\n"), text, "{}", case["run"]);
        count += 1;
    }
    for case in cases["json"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(to_json(&value) + "\n", text, "{}", case["run"]);
        count += 1;
    }
    assert!(count >= 20, "{count} cases");
}

#[test]
fn strings_that_would_read_as_something_else_are_quoted() {
    for text in [
        "true",
        "80",
        "1e3",
        "yes",
        "on",
        "y",
        "N",
        "null",
        "~",
        "",
        "0x1F",
        "2001-12-14",
        "12:30",
        "1_000",
        ".5",
    ] {
        check(json!({ "a": text }), &format!("a: \"{text}\"\n"));
    }
    for text in [
        "64Mi",
        "500m",
        "v1",
        "a:b",
        "a#b",
        "10.244.0.0/24",
        "http://x/?a=b&c",
        "-x",
        "é",
        "a \"b\"",
        "a'b",
        "?x",
        "1.2.3",
    ] {
        check(json!({ "a": text }), &format!("a: {text}\n"));
    }
    for text in [
        "a: b", "# x", "a #b", "- x", "*", "&a", "!x", "{x}", "[x]", "@x", "%x", " x", "x ", "a:", "---",
        "? x",
    ] {
        check(json!({ "a": text }), &format!("a: '{text}'\n"));
    }
    check(json!({"a": "'x': y"}), "a: '''x'': y'\n");
    check(json!({"a": "x\ty"}), "a: \"x\\ty\"\n");
    check(json!({"a": "😀"}), "a: \"\\U0001F600\"\n");
    check(
        json!({"y": 1, "80": 2, "a b": 3, "": 4}),
        "\"\": 4\n\"80\": 2\na b: 3\n\"y\": 1\n",
    );
}

#[test]
fn text_of_several_lines_is_a_literal_block() {
    check(json!({"a": "un\ndeux\n"}), "a: |\n  un\n  deux\n");
    check(json!({"a": "un\ndeux"}), "a: |-\n  un\n  deux\n");
    check(
        json!({"a": "un\n\ndeux\n\n", "b": 1}),
        "a: |+\n  un\n\n  deux\n\nb: 1\n",
    );
    check(json!({"a": " un\ndeux"}), "a: |2-\n   un\n  deux\n");
    check(json!({"a": "un \ndeux"}), "a: \"un \\ndeux\"\n");
    check(
        json!({"a": ["un\ndeux\n", "trois"]}),
        "a:\n- |\n  un\n  deux\n- trois\n",
    );
}

#[test]
fn collections_nest_as_kubectl_indents_them() {
    check(
        json!({"a": {"b": [{"c": 1, "d": [2, [3, 4]]}, []], "e": {}, "f": null}}),
        "a:\n  b:\n  - c: 1\n    d:\n    - 2\n    - - 3\n      - 4\n  - []\n  e: {}\n  f: null\n",
    );
    check(json!([1, {"a": true}]), "- 1\n- a: true\n");
    check(json!({}), "{}\n");
}

#[test]
fn long_lines_break_at_blanks_after_80_columns() {
    let words = "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 Insufficient cpu.";
    check(
        json!({ "message": words }),
        "message: '0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane:\n  }, 3 Insufficient cpu.'\n",
    );
    let plain = "Deployment does not have minimum availability and this sentence is long enough to break";
    check(
        json!({ "a": [plain] }),
        "a:\n- Deployment does not have minimum availability and this sentence is long enough to\n  break\n",
    );
}

#[test]
fn keys_are_sorted_as_go_yaml_sorts_them() {
    check(
        json!({"a10": 1, "a2": 2, "a-b": 3, "aB": 4, "ab": 5, "a": 6}),
        "a: 6\na-b: 3\na2: 2\na10: 1\naB: 4\nab: 5\n",
    );
}

#[test]
fn numbers_are_printed_as_go_prints_them() {
    let numbers = json!({"a": 1.5, "b": 1e21, "c": 0.00001, "d": 1_234_567.5, "e": -0.25, "f": u64::MAX});
    assert_eq!(
        to_json_compact(&numbers),
        r#"{"a":1.5,"b":1e+21,"c":0.00001,"d":1234567.5,"e":-0.25,"f":18446744073709551615}"#
    );
    assert_eq!(
        to_yaml(&numbers),
        "a: 1.5\nb: 1e+21\nc: 1e-05\nd: 1.2345675e+06\ne: -0.25\nf: 18446744073709551615\n"
    );
}

#[test]
fn json_is_escaped_as_go_escapes_it() {
    let value = json!({"a": "<b> & \"c\"\n\u{1}\u{2028}é", "b": [], "c": {}, "d": [1, {"e": null}]});
    assert_eq!(
        to_json_compact(&value),
        r#"{"a":"\u003cb\u003e \u0026 \"c\"\n\u0001\u2028é","b":[],"c":{},"d":[1,{"e":null}]}"#
    );
    assert_eq!(
        to_json(&json!({"b": [], "c": {}, "d": [1, {"e": null}]})),
        "{\n    \"b\": [],\n    \"c\": {},\n    \"d\": [\n        1,\n        {\n            \"e\": null\n        }\n    ]\n}"
    );
}
