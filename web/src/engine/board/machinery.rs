//! The view « Sous le capot »: the components as places, and what the trace says each of them did, as messages between them. A message
//! begins where its cause is told (the API server), passes who acts, and ends in etcd, where it is written.

use timonier_core::api::Kind;
use timonier_core::cluster::Cluster;
use timonier_core::sim::{Action, Entry as TraceEntry, TraceId};
use timonier_core::terminal::{Component, Status};

use crate::view::board::{Board, Card, Glyph, Join, Lane, Lens, Mark, Shape, Wire};
use crate::view::look::State;
use crate::view::projection::Id;
use crate::view::texts::board as words;

use super::{MOST_MARKS, place};

/// Up to so many messages at once, each is told.
const FEW_MARKS: usize = 6;
/// Kubelets shown one by one.
const MOST_KUBELETS: usize = 6;

/// The board; `told` is the last entry of the trace that was sent.
pub(super) fn board(cluster: &Cluster, told: &mut Option<TraceId>) -> Board {
    let components = cluster.components();
    let mut board = Board {
        lens: Lens::Machinery,
        headings: words::MACHINE_COLUMNS.map(str::to_owned).to_vec(),
        ..Board::default()
    };
    places(&mut board, &components);
    let last = told.replace(cluster.trace().last_id());
    // The first board tells the last few messages, so that there is something to read.
    let since = last.unwrap_or(TraceId(cluster.trace().last_id().0.saturating_sub(12)));
    let mut entries: Vec<&TraceEntry> = cluster.trace().since(since).collect();
    let all = entries.len();
    if all > FEW_MARKS {
        // Events tell of what others did: where there is much to see, they are only counted.
        entries.retain(|entry| entry.subject.kind != "Event");
    }
    let surplus = entries.len().saturating_sub(MOST_MARKS);
    board.skipped = u32::try_from(all - entries.len() + surplus).unwrap_or(u32::MAX);
    let known: Vec<Id> = board
        .lanes
        .iter()
        .flat_map(|lane| lane.columns.iter().flatten())
        .map(|card| card.id)
        .collect();
    for entry in entries.into_iter().skip(surplus) {
        let mut mark = mark(cluster, entry);
        for stop in &mut mark.path {
            if !known.contains(stop) {
                *stop = place("kubelets");
            }
        }
        board.marks.push(mark);
    }
    board
}

fn places(board: &mut Board, components: &[Status]) {
    let (mut deciders, mut writers, mut doers) = (Vec::new(), Vec::new(), Vec::new());
    let api = components
        .iter()
        .find(|status| status.component == Component::ApiServer)
        .is_none_or(|status| status.running);
    deciders.push(simple("kubectl", words::KUBECTL));
    let kubelets = components
        .iter()
        .filter(|status| matches!(status.component, Component::Kubelet(_)))
        .count();
    let mut shown = 0;
    for status in components {
        let column = match &status.component {
            Component::Etcd(_) | Component::ApiServer => &mut writers,
            Component::ControllerManager | Component::Scheduler => &mut deciders,
            Component::Kubelet(_) => {
                shown += 1;
                // Who is stopped is always shown.
                if kubelets > MOST_KUBELETS && shown >= MOST_KUBELETS && status.running {
                    continue;
                }
                &mut doers
            }
        };
        let card = component(status);
        let join = if status.running && api {
            Join::Talks
        } else {
            Join::Broken
        };
        if status.component != Component::ApiServer {
            board.wires.push(Wire {
                from: card.id,
                to: place("kube-apiserver"),
                join,
            });
        }
        column.push(card);
    }
    // The API server stands above what it writes to.
    timonier_core::sort::sort_by_key(&mut writers, |card: &Card| card.name != "kube-apiserver");
    if kubelets > MOST_KUBELETS {
        doers.push(simple("kubelets", words::OTHER_KUBELETS));
        wire(board, "kubelets", api);
    }
    doers.push(simple("kube-proxy", words::KUBE_PROXY));
    wire(board, "kubectl", api);
    wire(board, "kube-proxy", api);
    board.lanes.push(Lane {
        centred: true,
        columns: vec![deciders, writers, doers],
        ..Lane::default()
    });
}

fn wire(board: &mut Board, name: &str, talks: bool) {
    board.wires.push(Wire {
        from: place(name),
        to: place("kube-apiserver"),
        join: if talks { Join::Talks } else { Join::Broken },
    });
}

fn simple(name: &str, says: (&str, &str)) -> Card {
    Card {
        id: place(name),
        shape: Shape::Place,
        kind: says.0.to_owned(),
        name: name.to_owned(),
        lines: vec![says.1.to_owned()],
        label: format!("{name}, {}", says.1),
        ..Card::default()
    }
}

fn component(status: &Status) -> Card {
    let (name, order, says) = match &status.component {
        Component::Etcd(number) => (format!("etcd-{number}"), format!("etcd {number}"), words::ETCD),
        Component::ApiServer => (
            "kube-apiserver".to_owned(),
            "apiserver".to_owned(),
            words::API_SERVER,
        ),
        Component::ControllerManager => (
            "kube-controller-manager".to_owned(),
            "controller-manager".to_owned(),
            words::CONTROLLERS,
        ),
        Component::Scheduler => (
            "kube-scheduler".to_owned(),
            "scheduler".to_owned(),
            words::SCHEDULER,
        ),
        Component::Kubelet(node) => (
            format!("kubelet {node}"),
            format!("kubelet {node}"),
            words::KUBELET,
        ),
    };
    let (note, state) = match (status.running, status.leads) {
        (false, _) => (words::STOPPED, State::Failing),
        (true, Some(false)) => (words::WAITS_FOR_LEASE, State::Unscheduled),
        (true, _) => (words::RUNS, State::Ready),
    };
    let (verb, does) = if status.running {
        ("arreter", words::STOP)
    } else {
        ("demarrer", words::START)
    };
    Card {
        id: place(&name),
        shape: Shape::Place,
        kind: says.0.to_owned(),
        note: note.to_owned(),
        state: Some(state),
        lines: vec![says.1.to_owned()],
        label: format!("{name}, {note}, {}", says.1),
        action: Some((format!("{does} {name}"), format!("lab {verb} {order}"))),
        name,
        ..Card::default()
    }
}

/// Who an actor of the trace is: the place it stands at, and what it is called.
fn actor(name: &str) -> (String, String) {
    let node = name
        .strip_prefix("system:node:")
        .or(name.strip_prefix("kubelet/"));
    if let Some(node) = node {
        return (format!("kubelet {node}"), format!("kubelet ({node})"));
    }
    if let Some(account) = name.strip_prefix("system:serviceaccount:kube-system:") {
        if account.contains("scheduler") {
            return ("kube-scheduler".to_owned(), account.to_owned());
        }
        return ("kube-controller-manager".to_owned(), account.to_owned());
    }
    let short = name.strip_prefix("system:").unwrap_or(name);
    match short {
        "kube-scheduler" | "default-scheduler" => ("kube-scheduler".to_owned(), "kube-scheduler".to_owned()),
        "apiserver" | "kube-apiserver" => ("kube-apiserver".to_owned(), "kube-apiserver".to_owned()),
        "kube-proxy" => ("kube-proxy".to_owned(), short.to_owned()),
        _ if name.starts_with("system:serviceaccount:") => ("kubelets".to_owned(), name.to_owned()),
        _ if short.contains("controller") => ("kube-controller-manager".to_owned(), short.to_owned()),
        _ => ("kubectl".to_owned(), short.to_owned()),
    }
}

fn mark(cluster: &Cluster, entry: &TraceEntry) -> Mark {
    let (at, who) = actor(entry.actor.name());
    let cause = entry.cause.and_then(|cause| cluster.trace().get(cause));
    let mut path = Vec::new();
    if cause.is_some() && at != "kube-apiserver" {
        path.push(place("kube-apiserver"));
    }
    path.extend([place(&at), place("kube-apiserver")]);
    path.dedup();
    if entry.revision > 0 {
        path.push(place("etcd-1"));
    }
    let subject = &entry.subject;
    let object = words::object(&subject.kind, &subject.namespace, &subject.name);
    let did = words::did(entry.action);
    let mut detail = Vec::new();
    let mut say = |what: &str, value: String| {
        if !value.is_empty() {
            detail.push((what.to_owned(), value));
        }
    };
    say(words::WHEN, words::moment(entry.at.as_micros()));
    say(words::WHO, entry.actor.name().to_owned());
    say(words::WHAT, request(entry, &at));
    say(words::OBJECT, object.clone());
    say(
        words::REVISION,
        if entry.revision > 0 {
            entry.revision.to_string()
        } else {
            String::new()
        },
    );
    say(words::SAYS, entry.message.to_string());
    if let Some(cause) = cause {
        let (_, by) = actor(cause.actor.name());
        let of = &cause.subject;
        let object = words::object(&of.kind, &of.namespace, &of.name);
        say(
            words::CAUSE,
            format!("{by} {} {object}", words::did(cause.action)),
        );
    }
    Mark {
        number: entry.id.0,
        at_micros: entry.at.as_micros(),
        glyph: if entry.revision > 0 {
            Glyph::Request
        } else {
            Glyph::Notice
        },
        path,
        tag: format!("{} {}", method(entry, &at), subject.kind),
        title: format!("{who} {did} {object}"),
        detail,
    }
}

/// The method that this actor uses for this.
fn method(entry: &TraceEntry, at: &str) -> &'static str {
    match entry.action {
        Action::Create | Action::Bind => "POST",
        Action::MarkDeleted | Action::Delete => "DELETE",
        Action::Update | Action::UpdateStatus if at.starts_with("kubelet") || at == "kubectl" => "PATCH",
        Action::Update | Action::UpdateStatus => "PUT",
        Action::Note | Action::Command => "",
    }
}

/// Method and path.
fn request(entry: &TraceEntry, at: &str) -> String {
    let method = method(entry, at);
    let subject = &entry.subject;
    let kind = Kind::all().find(|kind| kind.name() == subject.kind);
    let Some(kind) = kind.filter(|_| !method.is_empty()) else {
        return String::new();
    };
    let info = kind.info();
    let mut path = if info.group.is_empty() {
        format!("/api/{}", info.version)
    } else {
        format!("/apis/{}/{}", info.group, info.version)
    };
    if !subject.namespace.is_empty() {
        path.push_str(&format!("/namespaces/{}", subject.namespace));
    }
    path.push_str(&format!("/{}", info.plural));
    if entry.action != Action::Create {
        path.push_str(&format!("/{}", subject.name));
    }
    path.push_str(match entry.action {
        Action::UpdateStatus => "/status",
        Action::Bind => "/binding",
        _ => "",
    });
    format!("{method} {path}")
}
