//! Boards of real clusters.

use std::time::Duration;

use serde_json::{Value, json};
use timonier_core::api::{AnyObject, Kind};
use timonier_core::apiserver::{Body, ContentType, Method, Request, User};
use timonier_core::cluster::{Cluster, Topology};
use timonier_core::terminal::{Component, Order};

use super::{BoardBuilder, Samples, place};
use crate::engine::view::ViewBuilder;
use crate::view::board::{Board, Card, Glyph, Join, Lens, Look};
use crate::view::geometry::Size;
use crate::view::projection::Id;
use crate::view::scene::{Figure, Options, Scene};

fn post(cluster: &mut Cluster, path: &str, body: Value) {
    let request = Request::new(Method::Post, path, User::admin());
    let response = cluster.request(&request.with_body(Body::Json(body)));
    assert_eq!(response.status, 201, "{path}");
}

fn deployment(name: &str, replicas: u32, spec: Value) -> Value {
    let mut containers = json!({"containers": [{"name": "a", "image": "nginx:1.27"}]});
    if let (Some(containers), Some(spec)) = (containers.as_object_mut(), spec.as_object()) {
        containers.extend(spec.clone());
    }
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                 "template": {"metadata": {"labels": {"app": name}}, "spec": containers}},
    })
}

/// A shop: a Deployment that reads a ConfigMap and a Secret that is not there, a Service that finds it and one that finds nothing.
fn shop(replicas: u32) -> Cluster {
    let mut cluster = Cluster::new(5, &Topology::default());
    let volumes = json!({"volumes": [
        {"name": "a", "configMap": {"name": "reglages"}}, {"name": "b", "secret": {"secretName": "cle", "optional": true}},
    ]});
    let apps = "/apis/apps/v1/namespaces/default/deployments";
    post(&mut cluster, apps, deployment("web", replicas, volumes));
    let core = "/api/v1/namespaces/default";
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reglages"}, "data": {"a": "1"}});
    post(&mut cluster, &format!("{core}/configmaps"), map);
    for (name, app) in [("web", "web"), ("perdu", "weeb")] {
        let spec = json!({"selector": {"app": app}, "ports": [{"port": 80}]});
        let service =
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec});
        post(&mut cluster, &format!("{core}/services"), service);
    }
    let policy =
        json!({"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}});
    let body = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "ferme"}, "spec": policy});
    post(
        &mut cluster,
        "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
        body,
    );
    cluster.run_for(Duration::from_secs(60));
    cluster
}

fn board(cluster: &Cluster, lens: Lens) -> (Board, ViewBuilder) {
    let mut view = ViewBuilder::default();
    drop(view.delta(cluster));
    let look = Look {
        lens,
        ..Look::default()
    };
    let board = BoardBuilder::new(look).board(cluster, &view, &Samples::default());
    (board.unwrap(), view)
}

fn cards(board: &Board) -> impl Iterator<Item = &Card> {
    board.lanes.iter().flat_map(|lane| lane.columns.iter().flatten())
}

fn card<'a>(board: &'a Board, kind: &str, name: &str) -> &'a Card {
    let found = cards(board).find(|card| card.kind == kind && card.name == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}

fn joined(board: &Board, join: Join, from: Id, to: Id) -> bool {
    board
        .wires
        .iter()
        .any(|wire| (wire.join, wire.from, wire.to) == (join, from, to))
}

#[test]
fn what_selects_and_what_is_used_is_joined_to_the_pods() {
    let cluster = shop(3);
    let (board, _) = board(&cluster, Lens::Objects);
    let deployment = card(&board, "Deployment", "web");
    let tray = cards(&board).find(|card| card.pods.len() == 3).unwrap();
    assert_eq!(tray.lines, ["app=web"]);
    let set = cards(&board).find(|card| card.kind == "ReplicaSet").unwrap();
    assert!(joined(&board, Join::Owns, deployment.id, set.id) && joined(&board, Join::Owns, set.id, tray.id));
    let (service, lost) = (card(&board, "Service", "web"), card(&board, "Service", "perdu"));
    assert!(joined(&board, Join::Selects, service.id, tray.id));
    assert!(!board.wires.iter().any(|wire| wire.from == lost.id));
    assert!(
        lost.state.is_some() && lost.label.ends_with("sélectionne aucun Pod"),
        "{}",
        lost.label
    );
    assert!(joined(
        &board,
        Join::Selects,
        card(&board, "NetworkPolicy", "ferme").id,
        tray.id
    ));
    assert!(joined(
        &board,
        Join::Uses,
        tray.id,
        card(&board, "ConfigMap", "reglages").id
    ));
    let missing = card(&board, "Secret", "cle");
    assert_eq!(missing.note, "introuvable");
    assert!(joined(&board, Join::Uses, tray.id, missing.id));
}

#[test]
fn two_revisions_stand_one_above_the_other() {
    let mut cluster = shop(4);
    let path = "/apis/apps/v1/namespaces/default/deployments/web";
    let patch =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "a", "image": "nginx:1.28"}]}}}});
    let mut request = Request::new(Method::Patch, path, User::admin());
    request.content_type = ContentType::StrategicMergePatch;
    assert_eq!(cluster.request(&request.with_body(Body::Json(patch))).status, 200);
    let mut seen = false;
    for _ in 0..100 {
        cluster.run_for(Duration::from_millis(100));
        let (board, _) = board(&cluster, Lens::Objects);
        let sets: Vec<_> = cards(&board).filter(|card| card.kind == "ReplicaSet").collect();
        if let [new, old] = sets.as_slice() {
            assert!(new.lines[0].ends_with("nouvelle version") && old.lines[0].ends_with("ancienne version"));
            assert!(board.lanes.iter().filter(|lane| lane.joined).count() == 1);
            seen = true;
        }
    }
    assert!(seen, "the rollout never showed both revisions");
}

/// Nothing overlaps, at any size, with three Pods and with a thousand.
#[test]
fn cards_never_overlap() {
    for (replicas, lens) in [(3, Lens::Objects), (1000, Lens::Objects), (3, Lens::Machinery)] {
        let cluster = shop(replicas);
        let (board, mut view) = board(&cluster, lens);
        let mut copy = crate::view::projection::Projection::default();
        view.tell_anew();
        copy.apply(view.delta(&cluster));
        for (w, h) in [(1000.0, 340.0), (700.0, 300.0), (360.0, 500.0)] {
            let options = Options {
                lens,
                ..Options::default()
            };
            let scene = Scene::new(&copy, Some(&board), &options, Size { w, h });
            let of = |pods: bool| {
                let wanted = move |figure: &Figure| match figure {
                    Figure::Pod(_) => pods,
                    Figure::Card(_) | Figure::Heading(..) => !pods,
                    _ => false,
                };
                let items = scene.items.iter().filter(move |item| wanted(&item.figure));
                items.map(|item| item.rect).collect::<Vec<_>>()
            };
            for rects in [of(true), of(false)] {
                for (place, a) in rects.iter().enumerate() {
                    assert!(
                        a.right() <= scene.size.w && a.bottom() <= scene.size.h + 0.1,
                        "{a:?} of {:?}",
                        scene.size
                    );
                    assert!(rects.iter().skip(place + 1).all(|b| !a.overlaps(b)), "{w}: {a:?}");
                }
            }
            if lens == Lens::Objects {
                assert_eq!(of(true).len(), replicas as usize);
            }
        }
    }
}

#[test]
fn the_scheduler_s_message_passes_from_the_api_server_to_etcd() {
    let mut cluster = shop(3);
    let mut view = ViewBuilder::default();
    drop(view.delta(&cluster));
    let mut builder = BoardBuilder::new(Look {
        lens: Lens::Machinery,
        ..Look::default()
    });
    drop(builder.board(&cluster, &view, &Samples::default()));
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "seul"},
                     "spec": {"containers": [{"name": "a", "image": "nginx:1.27"}]}});
    post(&mut cluster, "/api/v1/namespaces/default/pods", pod);
    cluster.run_for(Duration::from_secs(1));
    let board = builder.board(&cluster, &view, &Samples::default()).unwrap();
    let bind = board
        .marks
        .iter()
        .find(|mark| mark.title == "kube-scheduler place Pod seul")
        .unwrap();
    let path: Vec<Id> = ["kube-apiserver", "kube-scheduler", "kube-apiserver", "etcd-1"]
        .map(place)
        .into();
    assert_eq!(bind.path, path);
    let told: Vec<&str> = bind.detail.iter().map(|(_, value)| value.as_str()).collect();
    assert!(
        told.contains(&"POST /api/v1/namespaces/default/pods/seul/binding"),
        "{told:?}"
    );
    assert!(
        bind.detail
            .iter()
            .any(|(what, value)| what == "Parce que" && value.ends_with("crée Pod seul")),
        "{told:?}"
    );
    // what was told is not told again
    let again = builder.board(&cluster, &view, &Samples::default()).unwrap();
    assert!(again.marks.is_empty());
}

#[test]
fn a_component_that_is_stopped_can_be_started() {
    let mut cluster = shop(3);
    drop(cluster.operate(&Order::Stop(Component::Scheduler)));
    let (board, _) = board(&cluster, Lens::Machinery);
    let scheduler = card(&board, "Scheduler", "kube-scheduler");
    assert_eq!(scheduler.note, "arrêté");
    let action = scheduler
        .action
        .as_ref()
        .map(|(words, command)| (words.as_str(), command.as_str()));
    assert_eq!(
        action,
        Some(("Démarrer kube-scheduler", "lab demarrer scheduler"))
    );
    assert!(joined(
        &board,
        Join::Broken,
        scheduler.id,
        place("kube-apiserver")
    ));
    let pods = cluster
        .store()
        .list(Kind::Pod)
        .filter(|pod| matches!(pod, AnyObject::Pod(_)))
        .count();
    assert!(pods > 3, "what runs goes on");
}

#[test]
fn requests_travel_and_those_that_are_lost_are_told() {
    let mut cluster = shop(3);
    let mut view = ViewBuilder::default();
    drop(view.delta(&cluster));
    let mut builder = BoardBuilder::new(Look {
        lens: Lens::Traffic,
        ..Look::default()
    });
    drop(builder.board(&cluster, &view, &Samples::default()));
    let script = "while true; do wget -qO- -T 1 http://web; wget -qO- -T 1 http://perdu; sleep 1; done";
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client"},
                     "spec": {"containers": [{"name": "a", "image": "busybox:1.37", "command": ["sh", "-c", script]}]}});
    post(&mut cluster, "/api/v1/namespaces/default/pods", pod);
    cluster.run_for(Duration::from_secs(30));
    drop(view.delta(&cluster));
    assert!(builder.has_news(&cluster));
    let board = builder.board(&cluster, &view, &Samples::default()).unwrap();
    let good = board
        .marks
        .iter()
        .find(|mark| mark.glyph == Glyph::Request)
        .unwrap();
    let service = card(&board, "Service", "web");
    assert_eq!(good.path[..2], [place("pod"), service.id], "{good:?}");
    assert!(view.told().0.pods.contains_key(&good.path[2]), "it ends at a Pod");
    assert!(
        service.lines.iter().any(|line| line.contains("requêtes · 1/s")),
        "{:?}",
        service.lines
    );
    let lost = board.marks.iter().find(|mark| mark.glyph == Glyph::Lost).unwrap();
    assert_eq!(lost.path, [place("pod"), card(&board, "Service", "perdu").id]);
    assert!(
        lost.title.ends_with("perdue, le Service n’a aucun Pod prêt"),
        "{}",
        lost.title
    );
    assert_eq!(board.charts.len(), 5);
    assert!(!builder.has_news(&cluster), "what was told is not told again");
}
