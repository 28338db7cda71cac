//! Templates over a list of pods.

use serde_json::json;

use super::*;

fn pods() -> Value {
    json!({"kind": "List", "items": [
        {"metadata": {"name": "deux", "labels": {"app": "y"}}, "spec": {"containers": [{"name": "a", "image": "nginx:1.27"}]},
         "status": {"restarts": 3}},
        {"metadata": {"name": "un", "labels": {"app": "x", "a.b/c": "z"}},
         "spec": {"containers": [{"name": "a", "image": "nginx:1.25"}, {"name": "b", "image": "redis:7"}]},
         "status": {"restarts": 0, "ready": true}},
    ]})
}

fn check(template: &str, expected: Result<&str, &str>) {
    let found = Template::parse(template).and_then(|template| template.render(&pods()));
    assert_eq!(found.as_deref().map_err(String::as_str), expected, "{template}");
}

#[test]
fn fields_lists_and_ranges() {
    check("{.items[*].metadata.name}", Ok("deux un"));
    check("{.items[0].metadata.labels.app}", Ok("y"));
    check("{.items[-1].metadata.labels.a\\.b/c}", Ok("z"));
    check("{.items[1].metadata.labels['app']}", Ok("x"));
    check("{$.items[0:1].metadata.name}!", Ok("deux!"));
    check("{.items[:1].metadata.name}", Ok("deux"));
    check("{.items[::2].metadata.name}", Ok("deux"));
    check("{.items[0,1].metadata.name}", Ok("deux un"));
    check("{.items[0]['metadata.name', 'status.restarts']}", Ok("deux 3"));
    check("{.items[0].metadata.labels}", Ok("{\"app\":\"y\"}"));
    check("{.items[0].absent.deeper}", Ok(""));
    check(
        "{range .items[*]}{.metadata.name}{\"\\t\"}{.spec.containers[*].image}{\"\\n\"}{end}fin",
        Ok("deux\tnginx:1.27\nun\tnginx:1.25 redis:7\nfin"),
    );
    check(
        "{range .items[*]}{range .spec.containers[*]}{.name},{end};{end}",
        Ok("a,;a,b,;"),
    );
    check("{range .absent[*]}{.x}{end}.", Ok("."));
    check("{..image}", Ok("nginx:1.27 nginx:1.25 redis:7"));
}

#[test]
fn filters() {
    check(
        "{.items[?(@.metadata.name==\"un\")].spec.containers[1].name}",
        Ok("b"),
    );
    check("{.items[?(@.metadata.name=='un')].status.restarts}", Ok("0"));
    check("{.items[?(@.status.restarts>1)].metadata.name}", Ok("deux"));
    check("{.items[?(@.status.ready)].metadata.name}", Ok("un"));
    check("{.items[?(@.status.ready==true)].metadata.name}", Ok("un"));
    check("{.items[?(@.metadata.name != \"un\")].metadata.name}", Ok("deux"));
}

#[test]
fn what_cannot_be_read_is_told() {
    check("{.spec", Err("unclosed action"));
    check("{.items[0}", Err("unterminated array"));
    check("{.items[x]}", Err("invalid array index x"));
    check("{.items[?(@.a==\"b\"}", Err("unterminated filter"));
    check("{\"abc}", Err("unterminated quoted string"));
    check("{#}", Err("unrecognized character in action: U+0023 '#'"));
    check("{items}", Err("unrecognized identifier items"));
    check("{....a}", Err("invalid multiple recursive descent"));
    check("{.items[7]}", Err("array index out of bounds: index 7, length 2"));
    check(
        "{.items[0].metadata[0]}",
        Err("map[string]interface {} is not array or slice"),
    );
}

#[test]
fn paths_may_be_written_loosely() {
    for path in [
        "metadata.name",
        ".metadata.name",
        "{metadata.name}",
        "{.metadata.name}",
    ] {
        assert_eq!(relaxed(path).as_deref(), Ok("{.metadata.name}"), "{path}");
    }
    assert!(relaxed("{.a}{.b}").is_err());
}
