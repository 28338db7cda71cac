//! Lists in pieces.

use serde_json::{Value, json};

use super::{Server, refusal};
use crate::api::Kind;
use crate::apiserver::{Method, Request, Response, User, collection_path};

fn list(server: &mut Server, query: &[(&str, &str)]) -> Response {
    let mut request = Request::new(
        Method::Get,
        collection_path(Kind::ConfigMap, "default"),
        User::admin(),
    );
    for (name, value) in query {
        request = request.with_query(name, *value);
    }
    server.api.handle(&mut server.sim, &request)
}

/// The names of a piece, what is left, and the token to go on with.
fn piece(response: &Response) -> (Vec<String>, Value, String) {
    let value = response.to_value().expect("a list");
    let names = value["items"].as_array().expect("items").iter();
    let names = names.map(|item| item["metadata"]["name"].as_str().unwrap_or_default().to_owned());
    let token = value["metadata"]["continue"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (
        names.collect(),
        value["metadata"]["remainingItemCount"].clone(),
        token,
    )
}

fn five() -> Server {
    let mut server = Server::new();
    for name in ["a", "b", "c", "d", "e"] {
        server.created(&format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, labels: {{l: x}}}}}}"
        ));
    }
    server
}

#[test]
fn every_piece_shows_the_same_moment() {
    let mut server = five();
    let first = piece(&list(&mut server, &[("limit", "2")]));
    assert_eq!(
        (first.0, first.1),
        (vec!["a".to_owned(), "b".to_owned()], json!(3))
    );
    server.delete(Kind::ConfigMap, "c", "");
    server.created("{apiVersion: v1, kind: ConfigMap, metadata: {name: cc}}");
    server.patch(Kind::ConfigMap, "d", "{data: {a: b}}");
    let second = piece(&list(&mut server, &[("limit", "2"), ("continue", &first.2)]));
    assert_eq!(
        (second.0, second.1),
        (vec!["c".to_owned(), "d".to_owned()], json!(1))
    );
    let third = piece(&list(&mut server, &[("limit", "2"), ("continue", &second.2)]));
    assert_eq!(third, (vec!["e".to_owned()], Value::Null, String::new()));
    let all = piece(&list(&mut server, &[]));
    assert_eq!(all.0, ["a", "b", "cc", "d", "e"]);
}

#[test]
fn what_a_selector_leaves_out_is_not_counted() {
    let mut server = five();
    let first = piece(&list(&mut server, &[("limit", "4"), ("labelSelector", "l=x")]));
    assert_eq!((first.0.len(), first.1), (4, Value::Null));
    assert!(!first.2.is_empty());
    let none = piece(&list(&mut server, &[("limit", "5")]));
    assert_eq!((none.0.len(), none.1, none.2), (5, Value::Null, String::new()));
}

#[test]
fn a_list_left_for_too_long_has_expired() {
    let mut server = five();
    let (.., token) = piece(&list(&mut server, &[("limit", "2")]));
    server.created("{apiVersion: v1, kind: ConfigMap, metadata: {name: cc}}");
    let revision = server.api.store().revision();
    server.api.compact(revision);
    let expired = list(&mut server, &[("limit", "2"), ("continue", &token)]);
    assert!(
        refusal(&expired).starts_with(
            "(Expired) The provided continue parameter is too old to display a consistent list result."
        ),
        "{}",
        refusal(&expired)
    );
    assert_eq!(expired.status, 410);
    let status = expired.to_value().expect("a Status");
    let token = status["metadata"]["continue"]
        .as_str()
        .expect("a token")
        .to_owned();
    let rest = piece(&list(&mut server, &[("continue", &token)]));
    assert_eq!(rest.0, ["c", "cc", "d", "e"], "as it is now");
    for wrong in ["%%%", "abcd"] {
        let refused = list(&mut server, &[("continue", wrong)]);
        assert_eq!(refused.status, 400, "{}", refusal(&refused));
    }
}
