//! The composer against what kubectl printed, and against YAML's darker corners.

use serde_json::{Value, json};

use super::*;

/// Manifests with kubectl's verdict on them.
const RECORDED: &str = include_str!("testdata/recorded.yaml");

fn check(text: &str, expected: &[Value]) {
    let actual: Vec<Value> = parse(text)
        .into_iter()
        .map(|document| match document {
            Ok(document) => document.value,
            Err(problem) => json!({ "error": problem.message }),
        })
        .collect();
    assert_eq!(actual, expected, "{text}");
}

fn check_error(text: &str, expected: &str) {
    let error = parse(text).into_iter().find_map(Result::err);
    let message = error.map(|problem| problem.message).unwrap_or_default();
    assert_eq!(
        message,
        format!("error converting YAML to JSON: {expected}"),
        "{text}"
    );
}

#[test]
fn recorded_manifests_get_kubectls_verdict() {
    let cases = parse(RECORDED)
        .remove(0)
        .expect("the case file is a manifest itself");
    let mut broken = 0;
    for case in cases.value.as_array().expect("a list of cases") {
        let text = case["text"].as_str().unwrap_or_default();
        let error = parse(text).into_iter().find_map(Result::err);
        let expected = case["error"].as_str();
        broken += usize::from(expected.is_some());
        assert_eq!(
            error.as_ref().map(|problem| problem.message.as_str()),
            expected,
            "{}\n{text}",
            case["name"]
        );
    }
    assert_eq!(broken, 20);
}

#[test]
fn values_are_read_as_kubernetes_reads_them() {
    check(
        "a: yes\nb: 0777\nc: \"80\"\nd: 1e3\ne: ~\nf:\ng: !!str 80\nh: 2001-12-14\ni: 1.50\nj: '~'\n",
        &[
            json!({"a": true, "b": 511, "c": "80", "d": 1000, "e": null, "f": null, "g": "80",
                 "h": "2001-12-14", "i": 1.5, "j": "~"}),
        ],
    );
    check(
        "true: 1\non: 2\n3: c\n1.5: d\n",
        &[json!({"true": 2, "3": "c", "1.5": "d"})],
    );
    check("!!binary aGVsbG8=", &[json!("hello")]);
    check("a: !!int \"7\"\nb: !!float 1\n", &[json!({"a": 7, "b": 1})]);
    check(
        "t: |\n  un\n  deux\nu: >-\n  un\n  deux\n",
        &[json!({"t": "un\ndeux\n", "u": "un deux"})],
    );
    check("big: 18446744073709551615\n", &[json!({"big": u64::MAX})]);
}

#[test]
fn documents_are_split_and_empty_ones_skipped() {
    check("", &[]);
    check("# rien\n", &[]);
    check("---\n---\n# rien\n---\na: 1\n---\n", &[json!({"a": 1})]);
    check("a: 1\r\n---\r\nb: 2\r\n", &[json!({"a": 1}), json!({"b": 2})]);
    check(
        "a: 1\n---\nb: [\n---\nc: 3\n",
        &[
            json!({"a": 1}),
            json!({"error": "error converting YAML to JSON: yaml: line 1: did not find expected node content"}),
            json!({"c": 3}),
        ],
    );
    check(
        "a: 1\n--- b\n",
        &[json!({"error": "invalid Yaml document separator: b"})],
    );
}

#[test]
fn json_is_read_as_json() {
    check(
        "{\"a\": \"yes\", \"b\": [1, 2.5]}\n{\"c\": \"\\/\"}",
        &[json!({"a": "yes", "b": [1, 2.5]}), json!({"c": "/"})],
    );
    check("{a: 1, b: yes}", &[json!({"a": 1, "b": true})]);
    check(
        "{\"a\": 1 \"b\": 2}\n",
        &[json!({"error": "json: offset 9: invalid character '\"' after object key:value pair"})],
    );
    let document = parse("  {\"a\": {\"b\": 12}}").remove(0).expect("valid JSON");
    let found = document.root.locate("a.b").expect("the field is there");
    assert_eq!(found.value.slice("  {\"a\": {\"b\": 12}}"), "12");
}

#[test]
fn merges_and_aliases() {
    check(
        "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  x: 3\n",
        &[json!({"base": {"x": 1, "true": 2}, "use": {"x": 3, "true": 2}})],
    );
    check(
        "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc:\n  <<: [*a, *b]\n",
        &[json!({"a": {"x": 1}, "b": {"x": 2, "z": 3}, "c": {"x": 1, "z": 3}})],
    );
    check_error(
        "a: &x 1\nb: *absent\n",
        "yaml: unknown anchor 'absent' referenced",
    );
    check_error("a: &x [*x]\n", "yaml: anchor 'x' value contains itself");
    check_error(
        "<<: 3\n",
        "yaml: map merge requires map or sequence of maps as the value",
    );
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        let list = vec![alias; 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{list}]\n");
    }
    check_error(&bomb, "yaml: document contains excessive aliasing");
}

#[test]
fn errors_are_go_yamls() {
    check_error(
        "a: b: c\n",
        "yaml: mapping values are not allowed in this context",
    );
    check_error(
        "image: {{ .Values.image }}\n",
        "yaml: invalid map key: map[interface {}]interface {}{\".Values.image\":interface {}(nil)}",
    );
    check_error(
        "a: 1\nb: {port:{ 80}\n",
        "yaml: line 1: did not find expected ',' or '}'",
    );
    check_error("a: !!int x\n", "yaml: cannot decode !!str `x` as a !!int");
    check_error("a: .nan\n", "json: unsupported value: NaN");
    check_error("a: \"x\u{1}\"\n", "yaml: control characters are not allowed");
    check_error("a: 'x\nb: 1\n", "yaml: line 3: found unexpected end of stream");
    check_error(
        "~: 1\n",
        "unsupported map key of type: %!s(<nil>), key: <nil>, value: 1",
    );
    check_error(
        "~:\n",
        "unsupported map key of type: %!s(<nil>), key: <nil>, value: <nil>",
    );
    check_error(
        "a: [!x, y]\n",
        "yaml: did not find expected whitespace or line break",
    );
    check_error(
        "a:\n- {b: !x, c: y}\n",
        "yaml: line 2: did not find expected whitespace or line break",
    );
    let deep = "[".repeat(5000);
    assert!(parse(&deep).into_iter().all(|document| document.is_err()));
}

#[test]
fn every_path_has_its_place() {
    let text = "# tête\nkind: Pod\nspec:\n  containers:\n  - name: web\n    image: nginx\n  - {name: \"é\", ports: [80, 443]}\nmetadata:\n  annotations:\n    a.b/c: d\n";
    let document = parse(text).remove(0).expect("a valid manifest");
    let place = |path: &str| {
        let found = document.root.locate(path).expect(path);
        (
            found.key.map_or("", |key| key.slice(text)),
            found.value.slice(text),
        )
    };
    assert_eq!(place("kind"), ("kind", "Pod"));
    assert_eq!(place("spec.containers[0].image"), ("image", "nginx"));
    assert_eq!(place("spec.containers[1].name"), ("name", "\"é\""));
    assert_eq!(place("spec.containers[1].ports[1]"), ("", "443"));
    assert_eq!(place("spec.containers[1].ports"), ("ports", "[80, 443]"));
    assert_eq!(place("spec.containers[0]"), ("", "name: web\n    image: nginx"));
    assert_eq!(place("metadata.annotations[a.b/c]"), ("a.b/c", "d"));
    assert_eq!(place("metadata.annotations.a.b/c"), ("a.b/c", "d"));
    assert_eq!(document.root.locate("spec.absent"), None);
    let index = LineIndex::new(text);
    let name = document.root.locate("spec.containers[1].name").expect("there");
    assert_eq!(index.position(name.value.start), Position { line: 7, column: 12 });
}

#[test]
fn a_key_set_twice_keeps_the_last_value_and_is_noted() {
    let text = "a: 1\nb: 2\na: 3\n";
    let document = parse(text).remove(0).expect("kubectl accepts it");
    assert_eq!(document.value, json!({"a": 3, "b": 2}));
    assert_eq!(document.duplicates.len(), 1);
    assert_eq!(document.duplicates[0].again, Span::new(10, 11));
    assert_eq!(
        document.strict_error().as_deref(),
        Some("yaml: unmarshal errors:\n  line 3: key \"a\" already set in map")
    );
}

/// Whatever is typed is refused or read, never a trap: the editor sends every keystroke here.
#[test]
fn no_text_makes_the_reader_trap() {
    let pieces = [
        "\t", "{", "[", "]", "}", ",", "'", "\"", "&a", "*a", "|", ">", "!", "!a", "%", "%TAG", "?", ":",
        ": ", "- ", "-", "#", "\n", "\n  ", "---\n", "...", "\u{85}", "\r", "é", "\\", "\\x", "<<", "x",
        "!<a", "%41", "|2", ">-", "\u{feff}", " ", "@", "`", "\u{2028}",
    ];
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).unwrap()
    };
    for _ in 0..20_000 {
        let length = next(14) + 1;
        let text: String = (0..length).map(|_| pieces[next(pieces.len())]).collect();
        for document in parse(&text).into_iter().flatten() {
            assert!(document.root.span.end <= text.len(), "{text:?}");
        }
    }
}
