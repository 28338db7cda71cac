use serde_json::{Value, json};

use crate::api::{Key, Kind};
use crate::apiserver::{
    ApiServer, Body, Impersonation, Method, Request, Response, User, collection_path, object_path,
};
use crate::sim::Sim;

struct World {
    sim: Sim,
    api: ApiServer,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            sim: Sim::new(1),
            api: ApiServer::default(),
        };
        world.api.bootstrap(&mut world.sim);
        world.post(
            &User::admin(),
            "/api/v1/namespaces",
            &json!({"metadata": {"name": "dev"}}),
        );
        world
    }

    fn send(&mut self, request: &Request) -> Response {
        self.api.handle(&mut self.sim, request)
    }

    fn post(&mut self, user: &User, path: &str, object: &Value) -> Response {
        let request = Request::new(Method::Post, path, user.clone()).with_body(Body::Json(object.clone()));
        self.send(&request)
    }

    /// As the administrator, which must succeed.
    fn create(&mut self, kind: Kind, object: &Value) {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        let made = self.post(&User::admin(), &collection_path(kind, namespace), object);
        assert_eq!(made.status, 201, "{made:?}");
    }

    fn role(&mut self, kind: Kind, namespace: &str, name: &str, rules: Value) {
        let metadata = json!({"name": name, "namespace": namespace});
        self.create(kind, &json!({"metadata": metadata, "rules": rules}));
    }

    fn bind(&mut self, namespace: &str, name: &str, role: (&str, &str), subject: (&str, &str)) {
        let kind = if namespace.is_empty() {
            Kind::ClusterRoleBinding
        } else {
            Kind::RoleBinding
        };
        let (role_kind, role) = role;
        let (subject_kind, subject) = subject;
        let object = json!({
            "metadata": {"name": name, "namespace": namespace},
            "roleRef": {"kind": role_kind, "name": role},
            "subjects": [{"kind": subject_kind, "name": subject}],
        });
        self.create(kind, &object);
    }

    fn refusal(&mut self, user: &User, method: Method, path: &str) -> Option<String> {
        let response = self.send(&Request::new(method, path, user.clone()));
        response
            .into_result()
            .err()
            .filter(|error| error.code == 403)
            .map(|error| error.message)
    }
}

fn alice() -> User {
    User::new("alice", &["equipe", "system:authenticated"])
}

const PODS: &str = "/api/v1/namespaces/dev/pods";
const CANNOT_LIST: &str = "pods is forbidden: User \"alice\" cannot list resource \"pods\" in API group \"\" in the namespace \"dev\"";

#[test]
fn bindings_give_what_their_roles_hold_where_they_are() {
    let mut world = World::new();
    let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]);
    world.role(Kind::Role, "dev", "lire", rules);
    assert_eq!(
        world.refusal(&alice(), Method::Get, PODS).as_deref(),
        Some(CANNOT_LIST)
    );
    world.bind("dev", "lire", ("Role", "lire"), ("Group", "equipe"));
    assert_eq!(world.refusal(&alice(), Method::Get, PODS), None);
    let elsewhere = world.refusal(&alice(), Method::Get, "/api/v1/namespaces/default/pods");
    assert!(elsewhere.is_some_and(|why| why.ends_with("in the namespace \"default\"")));
    let everywhere = world.refusal(&alice(), Method::Get, "/api/v1/pods");
    assert!(everywhere.is_some_and(|why| why.ends_with("at the cluster scope")));
    // A ClusterRole bound in a namespace holds there only; bound for the cluster, everywhere.
    world.bind("dev", "voir", ("ClusterRole", "cluster-admin"), ("User", "alice"));
    assert_eq!(world.refusal(&alice(), Method::Delete, PODS), None);
    assert!(world.refusal(&alice(), Method::Get, "/api/v1/nodes").is_some());
    world.bind(
        "",
        "voir",
        ("ClusterRole", "system:kubelet-api-admin"),
        ("User", "alice"),
    );
    assert_eq!(world.refusal(&alice(), Method::Get, "/api/v1/nodes"), None);
    // What is deleted is taken away at once.
    let path = object_path(Kind::ClusterRoleBinding, "", "voir");
    world.send(&Request::new(Method::Delete, path, User::admin()));
    assert!(world.refusal(&alice(), Method::Get, "/api/v1/nodes").is_some());
}

#[test]
fn roles_that_are_not_there_are_told() {
    let mut world = World::new();
    world.bind("dev", "a", ("Role", "absent"), ("User", "alice"));
    let expected = format!("{CANNOT_LIST}: RBAC: role.rbac.authorization.k8s.io \"absent\" not found");
    assert_eq!(world.refusal(&alice(), Method::Get, PODS), Some(expected));
    world.bind("", "b", ("ClusterRole", "absente"), ("User", "alice"));
    let expected = format!(
        "{CANNOT_LIST}: RBAC: [clusterrole.rbac.authorization.k8s.io \"absente\" not found, role.rbac.authorization.k8s.io \"absent\" not found]"
    );
    assert_eq!(world.refusal(&alice(), Method::Get, PODS), Some(expected));
}

#[test]
fn service_accounts_are_bound_by_namespace_and_name() {
    let mut world = World::new();
    let account = User::component("system:serviceaccount:dev:robot");
    let other = User::component("system:serviceaccount:default:robot");
    world.bind(
        "dev",
        "robot",
        ("ClusterRole", "cluster-admin"),
        ("ServiceAccount", "robot"),
    );
    assert_eq!(world.refusal(&account, Method::Get, PODS), None);
    assert!(world.refusal(&other, Method::Get, PODS).is_some());
    world.bind(
        "dev",
        "tous",
        ("ClusterRole", "cluster-admin"),
        ("Group", "system:serviceaccounts"),
    );
    assert_eq!(world.refusal(&other, Method::Get, PODS), None);
}

#[test]
fn anonymous_sees_only_what_is_public() {
    let mut world = World::new();
    let nobody = User::anonymous();
    assert_eq!(world.refusal(&nobody, Method::Get, "/version"), None);
    assert_eq!(
        world.refusal(&nobody, Method::Get, "/api").as_deref(),
        Some("forbidden: User \"system:anonymous\" cannot get path \"/api\"")
    );
    assert!(world.refusal(&nobody, Method::Get, PODS).is_some());
}

#[test]
fn nobody_gives_what_they_do_not_hold() {
    let mut world = World::new();
    let manage = json!([
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"], "verbs": ["create", "update"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
    ]);
    world.role(Kind::Role, "dev", "gerer", manage);
    world.bind("dev", "gerer", ("Role", "gerer"), ("User", "alice"));
    let roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/dev/roles";
    let role = |verbs: Value| {
        let rule = json!({"apiGroups": [""], "resources": ["pods"], "verbs": verbs});
        json!({"metadata": {"name": "r"}, "rules": [rule]})
    };
    let refused = world.post(&alice(), roles, &role(json!(["get", "list", "delete"])));
    assert_eq!(
        refused.into_result().expect_err("more than she holds").message,
        "roles.rbac.authorization.k8s.io \"r\" is forbidden: user \"alice\" (groups=[\"equipe\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"list\" \"delete\"]}"
    );
    assert_eq!(world.post(&alice(), roles, &role(json!(["get"]))).status, 201);
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/dev/rolebindings";
    let binding = |role: &str| {
        json!({
            "metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "User", "name": "bob"}],
        })
    };
    let refused = world.post(&alice(), bindings, &binding("cluster-admin"));
    assert_eq!(
        refused.into_result().expect_err("more than she holds").message,
        "rolebindings.rbac.authorization.k8s.io \"b\" is forbidden: user \"alice\" (groups=[\"equipe\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}\n{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}"
    );
    let absent = world.post(&alice(), bindings, &binding("absente"));
    assert_eq!(absent.status, 404);
    // The verbs `bind` and `escalate` are leave to do so.
    let leave = json!([
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "resourceNames": ["view"], "verbs": ["bind"]},
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["escalate"]},
    ]);
    world.role(Kind::Role, "dev", "plus", leave);
    world.bind("dev", "plus", ("Role", "plus"), ("User", "alice"));
    assert_eq!(world.post(&alice(), bindings, &binding("view")).status, 201);
    let path = format!("{roles}/r");
    let more = Request::new(Method::Put, path, alice()).with_body(Body::Json(role(json!(["*"]))));
    assert_eq!(world.send(&more).status, 200);
}

#[test]
fn impersonation_needs_leave_for_the_user_and_each_group() {
    let mut world = World::new();
    let ask = |world: &mut World, groups: &[&str]| {
        let mut request = Request::new(Method::Get, "/version", alice());
        request.impersonate = Some(Box::new(Impersonation {
            user: "bob".to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            uid: String::new(),
        }));
        world
            .send(&request)
            .into_result()
            .err()
            .map(|error| error.message)
    };
    assert_eq!(
        ask(&mut world, &[]).as_deref(),
        Some(
            "users \"bob\" is forbidden: User \"alice\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope"
        )
    );
    let rules = json!([{"apiGroups": [""], "resources": ["users"], "resourceNames": ["bob"], "verbs": ["impersonate"]}]);
    world.role(Kind::ClusterRole, "", "comme-bob", rules);
    world.bind("", "comme-bob", ("ClusterRole", "comme-bob"), ("User", "alice"));
    assert_eq!(ask(&mut world, &[]), None);
    assert_eq!(
        ask(&mut world, &["system:masters"]).as_deref(),
        Some(
            "groups \"system:masters\" is forbidden: User \"alice\" cannot impersonate resource \"groups\" in API group \"\" at the cluster scope"
        )
    );
}

#[test]
fn nodes_read_what_their_pods_refer_to() {
    let mut world = World::new();
    let node = User::new("system:node:worker-1", &["system:nodes", "system:authenticated"]);
    let path = "/api/v1/namespaces/dev/configmaps/conf";
    assert_eq!(
        world.refusal(&node, Method::Get, path).as_deref(),
        Some(
            "configmaps \"conf\" is forbidden: User \"system:node:worker-1\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"dev\": no relationship found between node 'worker-1' and this object"
        )
    );
    world.create(
        Kind::ServiceAccount,
        &json!({"metadata": {"name": "default", "namespace": "dev"}, "automountServiceAccountToken": false}),
    );
    let container = json!({"name": "c", "image": "nginx", "envFrom": [{"configMapRef": {"name": "conf"}}]});
    world.create(
        Kind::Pod,
        &json!({"metadata": {"name": "web", "namespace": "dev"}, "spec": {"nodeName": "worker-1", "containers": [container]}}),
    );
    assert_eq!(world.refusal(&node, Method::Get, path), None);
    let other = User::new("system:node:worker-2", &["system:nodes", "system:authenticated"]);
    assert!(world.refusal(&other, Method::Get, path).is_some());
    let secrets = world.refusal(&node, Method::Delete, "/api/v1/namespaces/dev/secrets/s");
    assert!(secrets.is_some_and(|why| why.ends_with(": can only read resources of this type")));
}

#[test]
fn tokens_are_their_service_accounts_until_they_end() {
    let mut world = World::new();
    world.create(
        Kind::ServiceAccount,
        &json!({"metadata": {"name": "robot", "namespace": "dev"}}),
    );
    let made = world.post(
        &User::admin(),
        "/api/v1/namespaces/dev/serviceaccounts/robot/token",
        &json!({"spec": {"expirationSeconds": 600}}),
    );
    let token = made.to_value().expect("JSON")["status"]["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let whoami = |world: &mut World, token: &str| {
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let mut request = Request::new(Method::Post, path, User::anonymous());
        request.token = Some(token.to_owned());
        let answer = world.send(&request).to_value().expect("JSON");
        answer["status"]["userInfo"]["username"]
            .as_str()
            .map(str::to_owned)
    };
    let robot = Some("system:serviceaccount:dev:robot".to_owned());
    assert_eq!(whoami(&mut world, &token), robot);
    assert_eq!(whoami(&mut world, &token.replace('.', "x.")), None);
    world.sim.now += std::time::Duration::from_secs(599);
    assert_eq!(whoami(&mut world, &token), robot);
    world.sim.now += std::time::Duration::from_secs(1);
    assert_eq!(whoami(&mut world, &token), None, "it has expired");
}

#[test]
fn every_default_binding_has_its_role() {
    let world = World::new();
    let store = world.api.store();
    for (kind, expected) in [
        (Kind::ClusterRole, 69),
        (Kind::ClusterRoleBinding, 50),
        (Kind::Role, 7),
        (Kind::RoleBinding, 7),
    ] {
        assert_eq!(store.count(kind), expected, "{kind}");
    }
    for object in store.list(Kind::ClusterRoleBinding) {
        let name = object.to_value()["roleRef"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            store.get(&Key::new(Kind::ClusterRole, "", &name)).is_some(),
            "{name}"
        );
    }
    let value = |kind, name| store.get(&Key::new(kind, "", name)).expect("there").to_value();
    assert_eq!(
        value(Kind::ClusterRole, "system:node-problem-detector")["rules"][1],
        json!({"apiGroups": [""], "resources": ["nodes/status"], "verbs": ["patch"]})
    );
    assert_eq!(
        value(Kind::ClusterRole, "edit")["metadata"]["labels"],
        json!({"kubernetes.io/bootstrapping": "rbac-defaults", "rbac.authorization.k8s.io/aggregate-to-admin": "true"})
    );
    assert_eq!(
        value(Kind::ClusterRoleBinding, "system:controller:job-controller")["subjects"],
        json!([{"kind": "ServiceAccount", "name": "job-controller", "namespace": "kube-system"}])
    );
}
