//! Patches as Kubernetes applies and makes them.

use serde_json::{Value, json};

use super::*;

fn pod(containers: Value) -> Value {
    json!({ "spec": { "containers": containers } })
}

/// Applies a strategic merge patch to the pod-like `before`.
fn check(before: Value, patch: Value, expected: Value) {
    let shown = patch.clone();
    assert_eq!(
        strategic_merge("v1", "Pod", before, &patch).as_ref(),
        Ok(&expected),
        "{shown}"
    );
}

#[test]
fn lists_merge_by_their_key_and_new_elements_come_first() {
    check(
        pod(json!([{"name": "nginx", "image": "nginx:1.25", "env": [{"name": "A", "value": "1"}]}])),
        pod(json!([{"name": "cote", "image": "redis:7"}])),
        pod(
            json!([{"name": "cote", "image": "redis:7"}, {"name": "nginx", "image": "nginx:1.25", "env": [{"name": "A", "value": "1"}]}]),
        ),
    );
    check(
        pod(json!([{"name": "a", "image": "x"}, {"name": "b", "image": "y"}])),
        pod(json!([{"name": "b", "image": "z", "args": ["1"]}])),
        pod(json!([{"name": "a", "image": "x"}, {"name": "b", "image": "z", "args": ["1"]}])),
    );
}

#[test]
fn lists_without_a_merge_key_are_replaced_and_sets_united() {
    check(
        json!({"spec": {"tolerations": [{"key": "a"}], "containers": [{"name": "a", "args": ["1", "2"]}]}}),
        json!({"spec": {"tolerations": [{"key": "b"}], "containers": [{"name": "a", "args": ["3"]}]}}),
        json!({"spec": {"tolerations": [{"key": "b"}], "containers": [{"name": "a", "args": ["3"]}]}}),
    );
    check(
        json!({"metadata": {"finalizers": ["a", "b"]}}),
        json!({"metadata": {"finalizers": ["b", "c"]}}),
        json!({"metadata": {"finalizers": ["a", "b", "c"]}}),
    );
    check(
        json!({"metadata": {"finalizers": ["a", "b", "c"]}}),
        json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["b"]}}),
        json!({"metadata": {"finalizers": ["a", "c"]}}),
    );
}

#[test]
fn null_deletes_and_is_never_stored() {
    check(
        json!({"metadata": {"labels": {"a": "1", "b": "2"}}}),
        json!({"metadata": {"labels": {"a": null, "c": null}, "annotations": {"x": null, "y": "1"}}}),
        json!({"metadata": {"labels": {"b": "2"}, "annotations": {"y": "1"}}}),
    );
}

#[test]
fn directives_delete_and_replace() {
    check(
        pod(json!([{"name": "a"}, {"name": "b"}])),
        pod(json!([{"name": "a", "$patch": "delete"}])),
        pod(json!([{"name": "b"}])),
    );
    check(
        pod(json!([{"name": "a"}, {"name": "b"}])),
        pod(json!([{"$patch": "replace"}, {"name": "c"}])),
        pod(json!([{"name": "c"}])),
    );
    check(
        json!({"metadata": {"labels": {"a": "1"}}}),
        json!({"metadata": {"labels": {"$patch": "replace", "b": "2"}}}),
        json!({"metadata": {"labels": {"b": "2"}}}),
    );
    check(
        json!({"metadata": {"labels": {"a": "1"}, "name": "x"}}),
        json!({"metadata": {"labels": {"$patch": "delete"}}}),
        json!({"metadata": {"labels": {}, "name": "x"}}),
    );
    check(
        pod(json!([{"name": "a"}])),
        pod(json!([{"name": "a"}, {"name": "b"}])),
        pod(json!([{"name": "a"}, {"name": "b"}])),
    );
    // A directive about what is not there leaves nothing behind.
    check(
        json!({"spec": {}}),
        json!({"spec": {"containers": [{"name": "a", "$patch": "delete"}, {"name": "b"}], "nodeSelector": {"$patch": "delete"}}}),
        json!({"spec": {"containers": [{"name": "b"}]}}),
    );
}

#[test]
fn set_element_order_orders_and_retain_keys_clears() {
    check(
        pod(json!([{"name": "a"}, {"name": "b"}, {"name": "c"}])),
        json!({"spec": {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}], "containers": [{"name": "a", "image": "x"}]}}),
        // The server knew b before c: it stays there.
        pod(json!([{"name": "b"}, {"name": "c"}, {"name": "a", "image": "x"}])),
    );
    let rolling = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
    let patch = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
    assert_eq!(
        strategic_merge("apps/v1", "Deployment", rolling, &patch),
        Ok(json!({"spec": {"strategy": {"type": "Recreate"}}}))
    );
}

#[test]
fn what_is_no_patch_is_refused_in_the_servers_words() {
    let refused =
        |document: Value| strategic_merge("v1", "Pod", pod(json!([{"name": "a"}])), &document).unwrap_err();
    assert_eq!(
        refused(json!("pas du json")).message,
        "json: cannot unmarshal string into Go value of type map[string]interface {}"
    );
    assert_eq!(
        refused(pod(json!([{"image": "x"}]))).message,
        "map: map[image:x] does not contain declared merge key: name"
    );
    assert_eq!(
        refused(pod(json!([{"name": "a", "$patch": "no"}]))).message,
        "unknown patch type: no in map: map[$patch:no name:a]"
    );
    let order =
        json!({"spec": {"$setElementOrder/containers": [{"name": "b"}], "containers": [{"name": "a"}]}});
    assert!(
        refused(order)
            .message
            .starts_with("The order in patch list:\n[map[name:a]]\n doesn't match")
    );
}

fn check_three_way(
    kind: (&str, &str),
    original: Value,
    modified: Value,
    current: Value,
    expected: Value,
    after: Value,
) {
    let patch = three_way_strategic(kind.0, kind.1, &original, &modified, &current).unwrap();
    assert_eq!(patch, expected);
    let result = strategic_merge(kind.0, kind.1, current, &patch);
    assert_eq!(result, Ok(after));
}

#[test]
fn apply_deletes_what_left_the_manifest_and_keeps_what_others_set() {
    check_three_way(
        ("v1", "Pod"),
        json!({"metadata": {"labels": {"a": "1", "b": "2"}}}),
        json!({"metadata": {"labels": {"a": "9"}}}),
        json!({"metadata": {"labels": {"a": "1", "b": "2", "c": "3"}}, "status": {"phase": "Running"}}),
        json!({"metadata": {"labels": {"a": "9", "b": null}}}),
        json!({"metadata": {"labels": {"a": "9", "c": "3"}}, "status": {"phase": "Running"}}),
    );
    // An environment variable left, another changed, the image too; the server's defaults stay.
    check_three_way(
        ("v1", "Pod"),
        pod(
            json!([{"name": "n", "image": "x:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]),
        ),
        pod(json!([{"name": "n", "image": "x:2", "env": [{"name": "B", "value": "3"}]}])),
        pod(
            json!([{"name": "n", "image": "x:1", "imagePullPolicy": "Always", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]),
        ),
        json!({"spec": {
            "$setElementOrder/containers": [{"name": "n"}],
            "containers": [{"name": "n", "image": "x:2",
                "$setElementOrder/env": [{"name": "B"}],
                "env": [{"name": "B", "value": "3"}, {"name": "A", "$patch": "delete"}]}]}}),
        pod(
            json!([{"name": "n", "image": "x:2", "imagePullPolicy": "Always", "env": [{"name": "B", "value": "3"}]}]),
        ),
    );
    // Nothing changed: nothing is sent.
    let same = pod(json!([{"name": "n", "image": "x"}]));
    let live = pod(json!([{"name": "n", "image": "x", "imagePullPolicy": "Always"}]));
    assert_eq!(
        three_way_strategic("v1", "Pod", &same, &same, &live),
        Ok(json!({}))
    );
}

#[test]
fn apply_reorders_lists_and_switches_strategies() {
    check_three_way(
        ("v1", "Pod"),
        pod(json!([{"name": "a"}, {"name": "b"}])),
        pod(json!([{"name": "b"}, {"name": "a"}])),
        pod(json!([{"name": "a"}, {"name": "b"}, {"name": "c"}])),
        json!({"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}}),
        pod(json!([{"name": "b"}, {"name": "a"}, {"name": "c"}])),
    );
    check_three_way(
        ("apps/v1", "Deployment"),
        json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}),
        json!({"spec": {"strategy": {"type": "Recreate"}}}),
        json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}}}),
        json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate", "rollingUpdate": null}}}),
        json!({"spec": {"strategy": {"type": "Recreate"}}}),
    );
    check_three_way(
        ("v1", "Service"),
        json!({"spec": {"ports": [{"port": 80}, {"port": 443}]}}),
        json!({"spec": {"ports": [{"port": 443, "name": "s"}]}}),
        json!({"spec": {"ports": [{"port": 80, "protocol": "TCP"}, {"port": 443, "protocol": "TCP"}]}}),
        json!({"spec": {"$setElementOrder/ports": [{"port": 443}], "ports": [{"port": 443, "name": "s"}, {"port": 80, "$patch": "delete"}]}}),
        json!({"spec": {"ports": [{"port": 443, "name": "s", "protocol": "TCP"}]}}),
    );
}

#[test]
fn two_way_patches_turn_one_object_into_the_other() {
    let before = json!({"metadata": {"finalizers": ["a", "b"]}, "spec": {"containers": [{"name": "a"}, {"name": "b", "image": "x"}]}});
    let after = json!({"metadata": {"finalizers": ["b", "c"]}, "spec": {"containers": [{"name": "b", "image": "y"}, {"name": "d"}], "nodeName": "n"}});
    let patch = two_way_strategic("v1", "Pod", &before, &after).unwrap();
    assert_eq!(
        patch["metadata"],
        json!({"$deleteFromPrimitiveList/finalizers": ["a"], "$setElementOrder/finalizers": ["b", "c"], "finalizers": ["c"]})
    );
    assert_eq!(strategic_merge("v1", "Pod", before, &patch), Ok(after));
}

#[test]
fn kinds_without_a_schema_use_merge_patches() {
    let original = json!({"spec": {"a": 1, "b": [1], "c": {"d": 1}}});
    let modified = json!({"spec": {"a": 2, "b": [1, 2], "e": {}}});
    let current = json!({"spec": {"a": 1, "b": [1], "c": {"d": 1}, "z": 9}});
    let patch = three_way_merge(&original, &modified, &current);
    assert_eq!(patch, json!({"spec": {"a": 2, "b": [1, 2], "c": null, "e": {}}}));
    assert_eq!(
        merge(current, &patch),
        json!({"spec": {"a": 2, "b": [1, 2], "e": {}, "z": 9}})
    );
    assert_eq!(three_way_merge(&modified, &modified, &modified), json!({}));
}

fn check_json(patch: Value, expected: Result<Value, &str>) {
    let document = json!({"a": {"b": 1, "c/d": 2}, "l": [1, 2, 3]});
    let actual = json_patch(document, &patch).map_err(|error| match error {
        json_patch::Error::Malformed(message) | json_patch::Error::DoesNotApply(message) => message,
    });
    assert_eq!(actual, expected.map_err(str::to_owned), "{patch}");
}

#[test]
fn json_patches_apply_whole_or_not_at_all() {
    check_json(
        json!([{"op": "replace", "path": "/a/b", "value": 5}, {"op": "remove", "path": "/a/c~1d"}, {"op": "add", "path": "/l/1", "value": 9}]),
        Ok(json!({"a": {"b": 5}, "l": [1, 9, 2, 3]})),
    );
    check_json(
        json!([{"op": "add", "path": "/l/-", "value": 4}, {"op": "remove", "path": "/l/0"}, {"op": "move", "from": "/a/b", "path": "/x"}, {"op": "copy", "from": "/l/0", "path": "/y"}]),
        Ok(json!({"a": {"c/d": 2}, "l": [2, 3, 4], "x": 1, "y": 2})),
    );
    check_json(
        json!([{"op": "replace", "path": "/absent", "value": 3}]),
        Ok(json!({"a": {"b": 1, "c/d": 2}, "l": [1, 2, 3], "absent": 3})),
    );
    check_json(
        json!([{"op": "test", "path": "/a/b", "value": 1}, {"op": "test", "path": "/z", "value": null}]),
        Ok(json!({"a": {"b": 1, "c/d": 2}, "l": [1, 2, 3]})),
    );
    check_json(
        json!([{"op": "test", "path": "/a/b", "value": 2}]),
        Err("testing value /a/b failed"),
    );
    check_json(
        json!([{"op": "remove", "path": "/z"}]),
        Err("remove operation does not apply: Unable to remove nonexistent key: z"),
    );
    check_json(
        json!([{"op": "add", "path": "/z/y", "value": 1}]),
        Err("add operation does not apply: doc is missing path: \"/z/y\""),
    );
    check_json(
        json!([{"op": "add", "path": "/l/9", "value": 1}]),
        Err("add operation does not apply: invalid index 9"),
    );
    check_json(
        json!([{"op": "frob", "path": "/a"}]),
        Err("Unexpected kind: frob"),
    );
    check_json(
        json!({"op": "add"}),
        Err(
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
        ),
    );
}

#[test]
fn results_that_do_not_fit_are_refused_as_patches() {
    let old = AnyObject::from_value(Kind::Pod, json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c"}]}})).unwrap();
    let patched = |content_type, document: Value, fields| {
        patched(Form::Kind(Kind::Pod), &old, content_type, &document, fields)
    };
    let strategic = |document| {
        patched(
            ContentType::StrategicMergePatch,
            document,
            FieldValidation::Strict,
        )
        .unwrap_err()
        .message
    };
    assert_eq!(
        strategic(json!({"spec": {"priority": "x"}})),
        " \"\" is invalid: patch: Invalid value: \"map[spec:map[priority:x]]\": unrecognized type: int32"
    );
    assert_eq!(
        strategic(json!({"spec": {"nodeName": 5}})),
        " \"\" is invalid: patch: Invalid value: \"map[spec:map[nodeName:5]]\": cannot convert int64 to string"
    );
    assert_eq!(
        strategic(json!({"spec": {"absent": 5}})),
        " \"\" is invalid: patch: Invalid value: \"map[spec:map[absent:5]]\": strict decoding error: unknown field \"spec.absent\""
    );
    let json_type = patched(
        ContentType::JsonPatch,
        json!([{"op": "replace", "path": "/spec", "value": 5}]),
        FieldValidation::Warn,
    );
    assert_eq!(
        json_type.unwrap_err().causes[0].message,
        "Invalid value: \"{\\\"apiVersion\\\":\\\"v1\\\",\\\"kind\\\":\\\"Pod\\\",\\\"metadata\\\":{\\\"name\\\":\\\"p\\\"},\\\"spec\\\":5,\\\"status\\\":{}}\": json: cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec"
    );
    let warned = patched(
        ContentType::MergePatch,
        json!({"spec": {"absent": 5}}),
        FieldValidation::Warn,
    )
    .unwrap();
    assert_eq!(warned.warnings, ["unknown field \"spec.absent\""]);
    assert_eq!(
        patched(ContentType::MergePatch, json!(5), FieldValidation::Warn)
            .unwrap_err()
            .message,
        "error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}"
    );
}
