//! What the inspector shows: the very output of kubectl, run on a copy of the cluster so that looking changes nothing.

use timonier_core::{
    api::{Key, StatusError},
    apiserver::{Request, Response, Watch, WatchEvent},
    cluster::Cluster,
    explain,
    kubectl::{self, Client, DirEntry, Env, FileError, Io, Kubeconfig, Poll, Stdin},
    manifest::{self, print::to_yaml},
    sim::Time,
    terminal::Site,
};

use crate::protocol::{CHANGES, ObjectText};

/// How often a command is polled before it is given up: a command that only reads needs a handful.
const PATIENCE: u32 = 1000;

/// What `kubectl apply` remembers.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Metadata that only the cluster writes.
const MADE: [&str; 6] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "selfLink",
    "ownerReferences",
];

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
    if what == ObjectText::Why {
        return why(cluster, kind, namespace, name).ok_or_else(String::new);
    }
    let about = format!("--field-selector=involvedObject.kind={kind},involvedObject.name={name}");
    let kind = kind.to_lowercase();
    let mut argv: Vec<String> = vec!["kubectl".to_owned()];
    match what {
        ObjectText::Yaml | ObjectText::Manifest | ObjectText::Why => {
            argv.extend(["get".to_owned(), kind, name.to_owned(), "-o=yaml".to_owned()]);
        }
        ObjectText::Describe => argv.extend(["describe".to_owned(), kind, name.to_owned()]),
        ObjectText::Events => argv.extend(["get".to_owned(), "events".to_owned(), about]),
    }
    if !namespace.is_empty() {
        argv.push(format!("--namespace={namespace}"));
    }
    let text = run(cluster, argv)?;
    Ok(if what == ObjectText::Manifest {
        mend(&text).unwrap_or(text)
    } else {
        text
    })
}

/// The chain of causes, for the page to lay out.
fn why(cluster: &Cluster, kind: &str, namespace: &str, name: &str) -> Option<String> {
    let kind = kubectl::kind_of(kind)?;
    let world = cluster.laptop().see(Site::world(cluster)?);
    let chain = explain::object(&world, &Key::new(kind, namespace, name))?;
    Some(explain::lines(&chain))
}

/// The manifest that makes an object: what was applied, or the object without what the cluster wrote into it.
fn mend(yaml: &str) -> Option<String> {
    let mut object = manifest::parse(yaml).pop()?.ok()?.value;
    let applied = object
        .pointer("/metadata/annotations")
        .and_then(|all| all.get(APPLIED));
    if let Some(applied) = applied.and_then(|text| text.as_str()) {
        return Some(to_yaml(&manifest::parse(applied).pop()?.ok()?.value));
    }
    object.as_object_mut()?.remove("status");
    let metadata = object.get_mut("metadata")?.as_object_mut()?;
    for field in MADE {
        metadata.remove(field);
    }
    Some(to_yaml(&object))
}

/// What applying a manifest would change, by a dry run on the server: each object as it is and as it would be.
///
/// # Errors
/// What kubectl wrote to its standard error.
pub(super) fn changes(cluster: &Cluster, text: String) -> Result<String, String> {
    let dry = |words: &str| {
        let argv = format!("kubectl {words} -f manifest.yaml -o=yaml");
        let argv = argv.split(' ').map(str::to_owned).collect();
        run_with(cluster, argv, text.clone())
    };
    let after = dry("apply --dry-run=server")?;
    // What is not there yet is nothing, and no error.
    let before = dry("get --ignore-not-found").unwrap_or_default();
    Ok(format!("{}{CHANGES}{}", bare(&before), bare(&after)))
}

/// The objects of a text without what only the cluster writes, one document each.
fn bare(yaml: &str) -> String {
    let mut documents = Vec::new();
    for document in manifest::parse(yaml).into_iter().flatten() {
        let mut value = document.value;
        match value.get_mut("items").and_then(|items| items.as_array_mut()) {
            Some(items) => documents.append(items),
            None => documents.push(value),
        }
    }
    let texts = documents.into_iter().map(|mut object| {
        if let Some(map) = object.as_object_mut() {
            map.remove("status");
            if let Some(metadata) = map
                .get_mut("metadata")
                .and_then(|metadata| metadata.as_object_mut())
            {
                for field in MADE {
                    metadata.remove(field);
                }
                let notes = metadata
                    .get_mut("annotations")
                    .and_then(|notes| notes.as_object_mut());
                if let Some(notes) = notes {
                    notes.remove(APPLIED);
                    if notes.is_empty() {
                        metadata.remove("annotations");
                    }
                }
            }
        }
        to_yaml(&object)
    });
    texts.collect::<Vec<_>>().join("---\n")
}

fn run(cluster: &Cluster, argv: Vec<String>) -> Result<String, String> {
    run_with(cluster, argv, String::new())
}

/// Runs kubectl where every file holds this text.
fn run_with(cluster: &Cluster, argv: Vec<String>, file: String) -> Result<String, String> {
    let mut copy = Copy {
        cluster: cluster.fork(),
        now: cluster.now(),
    };
    let mut screen = Screen {
        file,
        ..Screen::default()
    };
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
    /// What there is to read.
    file: String,
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
        if self.file.is_empty() {
            return Err(FileError::NotFound);
        }
        Ok(self.file.clone())
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
    fn changes_are_shown_before_they_are_made() {
        let mut cluster = Cluster::new(3, &Topology::default());
        let id = cluster.run_script("kubectl create deployment web --image=nginx:1.27");
        let until = cluster.now() + std::time::Duration::from_secs(10);
        cluster.run_until_idle(id, until);
        let revision = cluster.store().revision();
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: nginx, image: 'nginx:1.28'}]}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: neuf}\n";
        let changes = changes(&cluster, text.to_owned()).unwrap();
        let (before, after) = changes.split_once(CHANGES).unwrap();
        assert!(
            before.contains("replicas: 1\n") && before.contains("nginx:1.27"),
            "{before}"
        );
        assert!(!before.contains("neuf"), "{before}");
        assert!(
            after.contains("replicas: 3\n") && after.contains("nginx:1.28"),
            "{after}"
        );
        assert!(
            after.contains("name: neuf\n") && !after.contains("uid:"),
            "{after}"
        );
        assert_eq!(
            cluster.store().revision(),
            revision,
            "looking changed the cluster"
        );
        assert!(super::changes(&cluster, "kind: Pod\n".to_owned()).is_err());
    }

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
        check(
            ObjectText::Why,
            "Pod",
            "default",
            "web",
            &["=Tout va bien", "@Pod\tdefault\tweb\n", "=L’ordonnanceur"],
        );
        check(
            ObjectText::Manifest,
            "Pod",
            "default",
            "web",
            &["kind: Pod\n", "image: nginx:1.27\n"],
        );
        let manifest = text(&cluster, ObjectText::Manifest, "Pod", "default", "web").unwrap();
        assert!(
            !manifest.contains("uid:") && !manifest.contains("status:"),
            "{manifest}"
        );
        assert_eq!(
            cluster.store().revision(),
            revision,
            "looking changed the cluster"
        );
    }
}
