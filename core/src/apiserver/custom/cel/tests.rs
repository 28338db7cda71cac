//! Expressions and rules.

use serde_json::{Value, json};

use super::*;

/// What an expression comes to, of `self`.
fn evaluated(text: &str, value: &Value) -> String {
    match parse(text) {
        Ok(expr) => match run(&expr, value, None) {
            Ok(value) => value.to_string(),
            Err(why) => format!("error: {why}"),
        },
        Err(Wrong::Syntax(at, why)) => format!("syntax at {at}: {why}"),
        Err(Wrong::Unknown(what)) => format!("unknown: {what}"),
    }
}

#[test]
fn expressions_come_to_what_cel_says() {
    let value = json!({"replicas": 3, "min": 1, "max": 5, "name": "web-1", "ports": [{"n": "a", "p": 80}, {"n": "b", "p": 443}],
                       "labels": {"app": "x", "a-b": "y"}, "ratio": 1.5, "empty": [], "namespace": "n"});
    for (text, expected) in [
        ("self.min <= self.replicas && self.replicas <= self.max", "true"),
        ("1 + 2 * 3 - 4 / 2 == 5", "true"),
        ("(1 + 2) * 3 % 4", "1"),
        ("-self.min + 2", "1"),
        ("!(self.replicas > 3) ? 'few' : \"many\"", "\"few\""),
        ("self.ratio * 2 == 3.0", "true"),
        ("has(self.replicas) && !has(self.absent)", "true"),
        ("self.absent > 1", "error: no such key: absent"),
        ("self.absent > 1 || self.min == 1", "true"),
        ("self.min == 1 || self.absent > 1", "true"),
        ("self.min == 2 && self.absent > 1", "false"),
        ("self.absent > 1 && self.min == 2", "false"),
        ("self.min == 1 && self.absent > 1", "error: no such key: absent"),
        ("size(self.ports) == 2 && self.name.size() == 5", "true"),
        (
            "self.name.startsWith('web') && self.name.endsWith('1') && self.name.contains('b-')",
            "true",
        ),
        ("self.name.matches('^[a-z]+-[0-9]+$')", "true"),
        ("self.name in ['web-1', 'web-2'] && 'app' in self.labels", "true"),
        ("self.ports.all(x, x.p > 0 && x.p < 65536)", "true"),
        ("self.ports.exists(x, x.p == 80)", "true"),
        ("self.ports.exists_one(x, x.n == 'a')", "true"),
        ("self.ports.map(x, x.p)", "[80,443]"),
        ("self.ports.map(x, x.p > 100, x.n)", "[\"b\"]"),
        ("self.ports.filter(x, x.p > 100).size()", "1"),
        ("self.labels.all(k, k.size() < 4)", "true"),
        (
            "self.labels['app'] == 'x' && self.labels.a__dash__b == 'y'",
            "true",
        ),
        ("self.__namespace__", "\"n\""),
        ("self.empty.all(x, false)", "true"),
        ("self.ports[1].n", "\"b\""),
        ("self.ports[2].n", "error: index out of bounds: 2"),
        (
            "self.ports.map(x, x.p).isSorted() && self.ports.map(x, x.p).sum() == 523",
            "true",
        ),
        ("'A b'.lowerAscii().split(' ').join('-')", "\"a-b\""),
        ("string(self.replicas) + int('4')", "error: no such overload"),
        ("string(self.replicas) + '/' + string(5)", "\"3/5\""),
        ("1 / 0", "error: division by zero"),
        ("9223372036854775807 + 1", "error: integer overflow"),
        ("[1, 2] + [3] == [1, 2, 3] // three", "true"),
        ("{'a': 1}.a == 1", "true"),
        ("r'\\d' + '\\n'", "\"\\\\d\\n\""),
        ("self.ports.all(x, self.ports.exists(y, y.p >= x.p))", "true"),
        (
            "quantity(self.name).isGreaterThan(quantity('1'))",
            "unknown: quantity",
        ),
        ("self.?name.orValue('')", "unknown: .?"),
        ("self.name ==", "syntax at 12: mismatched input '<EOF>'"),
        ("self.name = 'a'", "syntax at 10: mismatched input '='"),
        ("has(self)", "syntax at 0: invalid argument to has() macro"),
        (
            "other > 1",
            "error: undeclared reference to 'other' (in container '')",
        ),
    ] {
        assert_eq!(evaluated(text, &value), expected, "{text}");
    }
    let deep = "(".repeat(500) + "1" + &")".repeat(500);
    assert!(evaluated(&deep, &value).starts_with("syntax"));
    let deep = "!".repeat(500) + "true";
    assert!(evaluated(&deep, &value).starts_with("syntax"));
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"spec": {
        "type": "object",
        "x-kubernetes-validations": [
            {"rule": "self.replicas <= self.max", "message": "replicas should be at most max"},
            {"rule": "self.replicas != 13"},
            {"rule": "self.max < 100", "messageExpression": "'max is ' + string(self.max)"},
            {"rule": "self.replicas >= 0", "fieldPath": ".replicas", "reason": "FieldValueForbidden", "message": "non"},
        ],
        "properties": {
            "replicas": {"type": "integer"}, "max": {"type": "integer"},
            "name": {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "name is immutable"}]},
            "items": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {
                "type": "object", "x-kubernetes-validations": [{"rule": "self.v >= oldSelf.v"}],
                "properties": {"k": {"type": "string"}, "v": {"type": "integer"}}}},
        },
    }}})
}

#[test]
fn rules_are_broken_in_kubernetes_words() {
    let spec = |replicas: i64, max: i64, name: &str, v: i64| json!({"spec": {"replicas": replicas, "max": max, "name": name, "items": [{"k": "b", "v": 9}, {"k": "a", "v": v}]}});
    let old = json!({"spec": {"name": "a", "items": [{"k": "a", "v": 5}]}});
    let check = |object: Value, old: Option<&Value>, expected: &[&str]| {
        let said: Vec<String> = validate(&object, old, &schema())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(said, expected, "{object}");
    };
    check(spec(3, 5, "a", 1), None, &[]);
    check(spec(3, 5, "a", 6), Some(&old), &[]);
    check(
        spec(7, 5, "a", 1),
        None,
        &["spec: Invalid value: \"object\": replicas should be at most max"],
    );
    check(
        spec(13, 105, "a", 1),
        None,
        &[
            "spec: Invalid value: \"object\": failed rule: self.replicas != 13",
            "spec: Invalid value: \"object\": max is 105",
        ],
    );
    check(spec(-1, 5, "a", 1), None, &["spec.replicas: Forbidden: non"]);
    check(
        spec(3, 5, "b", 4),
        Some(&old),
        &[
            "spec.items[1]: Invalid value: \"object\": failed rule: self.v >= oldSelf.v",
            "spec.name: Invalid value: \"string\": name is immutable",
        ],
    );
    check(
        json!({"spec": {"replicas": 3}}),
        None,
        &[
            "spec: Invalid value: \"object\": no such key: max evaluating rule: replicas should be at most max",
            "spec: Invalid value: \"object\": no such key: max evaluating rule: failed rule: self.max < 100",
        ],
    );
}

#[test]
fn what_is_not_understood_is_said_with_the_definition() {
    let schema = |rule: &str| json!({"type": "object", "x-kubernetes-validations": [{"rule": rule}]});
    assert_eq!(
        warnings(&schema("isURL(self.u)"), "s"),
        [
            "s.x-kubernetes-validations[0].rule: \"isURL\" is not simulated by this lab: the rule is kept, but not enforced"
        ]
    );
    assert!(warnings(&schema("self.a > 1"), "s").is_empty());
    let said: Vec<String> = check(&schema("self.a >"), "s")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        said,
        [
            "s.x-kubernetes-validations[0].rule: Invalid value: \"self.a >\": compilation failed: ERROR: <input>:1:9: Syntax error: mismatched input '<EOF>'\n | self.a >\n | ........^"
        ]
    );
    assert_eq!(check(&schema(""), "s").len(), 1);
}
