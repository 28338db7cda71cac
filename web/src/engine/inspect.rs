//! What the inspector shows: the very output of kubectl, run on a copy of the cluster so that looking changes nothing.

use timonier_core::{
    api::StatusError,
    apiserver::{Request, Response, Watch, WatchEvent},
    cluster::Cluster,
    kubectl::{self, Client, DirEntry, Env, FileError, Io, Kubeconfig, Poll, Stdin},
    sim::Time,
};

use crate::protocol::ObjectText;

/// How often a command is polled before it is given up: a command that only reads needs a handful.
const PATIENCE: u32 = 1000;

/// A text about an object of this cluster.
///
/// # Errors
/// What kubectl wrote to its standard error.
pub(super) fn text(
    cluster: &Cluster,
    what: ObjectText,
    kind: &str,
    namespace: &str,
    name: &str,
) -> Result<String, String> {
    let about = format!("--field-selector=involvedObject.kind={kind},involvedObject.name={name}");
    let kind = kind.to_lowercase();
    let mut argv: Vec<String> = vec!["kubectl".to_owned()];
    match what {
        ObjectText::Yaml => argv.extend(["get".to_owned(), kind, name.to_owned(), "-o=yaml".to_owned()]),
        ObjectText::Describe => argv.extend(["describe".to_owned(), kind, name.to_owned()]),
        ObjectText::Events => argv.extend(["get".to_owned(), "events".to_owned(), about]),
    }
    if !namespace.is_empty() {
        argv.push(format!("--namespace={namespace}"));
    }
    run(cluster, argv)
}

fn run(cluster: &Cluster, argv: Vec<String>) -> Result<String, String> {
    let mut copy = Copy {
        cluster: cluster.fork(),
        now: cluster.now(),
    };
    let mut screen = Screen::default();
    let mut process = kubectl::start(argv, &Env::admin("/home/eleve"));
    for _ in 0..PATIENCE {
        match process.poll(&mut screen, &mut copy) {
            Poll::Done(0) => return Ok(screen.out),
            Poll::Done(_) => return Err(screen.err),
            Poll::Blocked {
                wake_at: Some(at), ..
            } => copy.now = copy.now.max(at),
            Poll::Blocked { .. } => break,
        }
    }
    Err(String::new())
}

/// A copy of the cluster, whose clock goes on for the command alone.
struct Copy {
    cluster: Cluster,
    now: Time,
}

impl Client for Copy {
    fn now(&self) -> Time {
        self.now
    }

    fn request(&mut self, request: Request) -> Response {
        self.cluster.request(&request)
    }

    fn watch_next(&mut self, _watch: &mut Watch) -> Result<Vec<WatchEvent>, StatusError> {
        Ok(Vec::new())
    }
}

/// A terminal that only collects, on a machine without files.
#[derive(Default)]
struct Screen {
    out: String,
    err: String,
}

impl Io for Screen {
    fn stdout(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn stderr(&mut self, text: &str) {
        self.err.push_str(text);
    }

    fn read_stdin(&mut self) -> Stdin {
        Stdin {
            text: String::new(),
            ended: true,
        }
    }

    fn read_file(&self, _path: &str) -> Result<String, FileError> {
        Err(FileError::NotFound)
    }

    fn list_dir(&self, _path: &str) -> Result<Vec<DirEntry>, FileError> {
        Err(FileError::NotFound)
    }

    fn write_file(&mut self, _path: &str, _text: &str) -> Result<(), FileError> {
        Err(FileError::NotFound)
    }

    fn save_kubeconfig(&mut self, _kubeconfig: &Kubeconfig) {}
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use timonier_core::apiserver::{Body, Method, User};
    use timonier_core::cluster::Topology;

    use super::*;

    #[test]
    fn every_text_of_an_object_is_kubectls_own() {
        let mut cluster = Cluster::new(3, &Topology::default());
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
        });
        let create = Request::new(Method::Post, "/api/v1/namespaces/default/pods", User::admin());
        assert_eq!(cluster.request(&create.with_body(Body::Json(pod))).status, 201);
        cluster.run_for(std::time::Duration::from_secs(20));
        let revision = cluster.store().revision();
        let check = |what, kind: &str, namespace: &str, name: &str, expected: &[&str]| {
            let text = text(&cluster, what, kind, namespace, name).unwrap();
            for words in expected {
                assert!(text.contains(words), "{words} is not in\n{text}");
            }
        };
        check(
            ObjectText::Yaml,
            "Pod",
            "default",
            "web",
            &["kind: Pod\n", "  name: web\n", "  phase: Running\n"],
        );
        check(
            ObjectText::Describe,
            "Pod",
            "default",
            "web",
            &["Name:             web\n", "Events:\n"],
        );
        check(
            ObjectText::Events,
            "Pod",
            "default",
            "web",
            &["LAST SEEN", "Scheduled", "Pulled", "pod/web"],
        );
        check(ObjectText::Yaml, "Node", "", "worker-1", &["kind: Node\n"]);
        check(ObjectText::Events, "Pod", "default", "absent", &[]);
        assert_eq!(
            cluster.store().revision(),
            revision,
            "looking changed the cluster"
        );
    }
}
