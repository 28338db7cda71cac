//! Scripted projections for tests and for the development page (`examples/cluster_view.rs`): never in a release.
//!
//! A [`Sample`] says what a cluster looks like at a moment, as a pure function of the time since its start.

use super::projection::{
    ContainerRecord, ContainerState, DeploymentRecord, EndpointRecord, EndpointSliceRecord, Id, Meta,
    NodeRecord, PodPhase, PodRecord, Record, ReplicaSetRecord, ServiceRecord, ThingRecord,
};

const SECOND_MICROS: u64 = 1_000_000;

/// What can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// A cluster without any Pod of the learner's.
    Empty,
    /// Three replicas behind a Service, starting.
    Three,
    /// A rolling update of six replicas.
    Rollout,
    /// Everything that can go wrong, and nodes that refuse pods.
    Failures,
    /// Names as long as Kubernetes allows.
    LongNames,
    /// A hundred pods on four workers.
    Hundred,
    /// A thousand pods on ten workers.
    Thousand,
    /// What makes Pods besides Deployments, and what makes none.
    Kinds,
    /// The same, many times.
    ManyKinds,
}

impl Sample {
    /// All samples, with the names that the development page's address uses.
    pub const ALL: [(&'static str, Self); 9] = [
        ("empty", Self::Empty),
        ("three", Self::Three),
        ("rollout", Self::Rollout),
        ("failures", Self::Failures),
        ("long", Self::LongNames),
        ("hundred", Self::Hundred),
        ("thousand", Self::Thousand),
        ("kinds", Self::Kinds),
        ("many-kinds", Self::ManyKinds),
    ];

    /// The whole cluster, `now_micros` after its start.
    #[must_use]
    pub fn at(self, now_micros: u64) -> Vec<Record> {
        let mut stage = Stage {
            now_micros,
            records: Vec::new(),
        };
        let workers = match self {
            Self::Thousand => 10,
            Self::Hundred | Self::Failures => 4,
            _ => 3,
        };
        stage.nodes(workers);
        stage.system(workers);
        match self {
            Self::Empty => {}
            Self::Three => stage.three(),
            Self::Rollout => stage.rollout(),
            Self::Failures => stage.failures(),
            Self::LongNames => stage.long_names(),
            Self::Hundred => stage.many(100, 4),
            Self::Thousand => stage.many(1000, 10),
            Self::Kinds => stage.kinds(3, 1),
            Self::ManyKinds => stage.kinds(290, 12),
        }
        stage.records
    }
}

struct Stage {
    now_micros: u64,
    records: Vec<Record>,
}

/// When a pod is born and when its deletion is asked for, in tenths of a second.
#[derive(Clone, Copy)]
struct Life {
    born: u64,
    deleted: Option<u64>,
}

impl Life {
    fn from(born: u64) -> Self {
        Self { born, deleted: None }
    }
}

fn meta(namespace: &str, name: &str, owner: Option<Id>, born_tenths: u64) -> Meta {
    Meta {
        id: Id::from_uid(&format!("{namespace}/{name}")),
        namespace: namespace.into(),
        name: name.into(),
        owner,
        created_micros: born_tenths * SECOND_MICROS / 10,
        deleting: false,
    }
}

impl Stage {
    fn nodes(&mut self, workers: usize) {
        for place in 0..=workers {
            let name = if place == 0 {
                "control-plane".to_owned()
            } else {
                format!("worker-{place}")
            };
            self.records.push(Record::Node(NodeRecord {
                meta: meta("", &name, None, 0),
                ready: true,
                unschedulable: false,
                control_plane: place == 0,
                taints: if place == 0 {
                    vec!["node-role.kubernetes.io/control-plane:NoSchedule".into()]
                } else {
                    Vec::new()
                },
                cpu_millis: 4000,
                memory_bytes: 8 << 30,
                pods: 110,
            }));
        }
    }

    fn system(&mut self, workers: usize) {
        for name in [
            "etcd",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kube-proxy-cp",
        ] {
            self.steady("kube-system", name, "control-plane", None);
        }
        for worker in 1..=workers {
            self.steady(
                "kube-system",
                &format!("kube-proxy-{worker}"),
                &format!("worker-{worker}"),
                None,
            );
        }
        for (name, node) in [("coredns-a", "worker-1"), ("coredns-b", "worker-2")] {
            self.steady("kube-system", name, node, None);
        }
    }

    fn steady(&mut self, namespace: &str, name: &str, node: &str, owner: Option<Id>) {
        self.records.push(Record::Pod(PodRecord {
            meta: meta(namespace, name, owner, 0),
            node: node.into(),
            phase: PodPhase::Running,
            ready: true,
            status: "Running".into(),
            containers: vec![running(name, true)],
            cpu_millis: 100,
            memory_bytes: 64 << 20,
            ..PodRecord::default()
        }));
    }

    /// A pod in the course of its life; gives whether it exists, and whether it is ready.
    fn living(&mut self, name: &str, node: &str, owner: Option<Id>, life: Life) -> Option<bool> {
        let age = (self.now_micros * 10 / SECOND_MICROS).checked_sub(life.born)?;
        let dying = life.deleted.and_then(|at| (life.born + age).checked_sub(at));
        if dying.is_some_and(|for_tenths| for_tenths > 12) {
            return None;
        }
        let mut pod = PodRecord {
            meta: meta("default", name, owner, life.born),
            ..PodRecord::default()
        };
        pod.cpu_millis = 250;
        pod.memory_bytes = 256 << 20;
        pod.meta.deleting = dying.is_some();
        let mut container = ContainerRecord {
            name: "web".into(),
            image: "nginx:1.27".into(),
            ..running("web", true)
        };
        if age >= 7 {
            pod.node = node.into();
        }
        let born_micros = life.born * SECOND_MICROS / 10;
        pod.phase = if age >= 28 {
            PodPhase::Running
        } else {
            PodPhase::Pending
        };
        container.ready = age >= 36;
        container.state = match age {
            0..10 => ContainerState::Waiting {
                reason: "ContainerCreating".into(),
            },
            10..26 => ContainerState::Pulling {
                since_micros: born_micros + SECOND_MICROS,
                until_micros: born_micros + 26 * SECOND_MICROS / 10,
            },
            26..28 => ContainerState::Waiting {
                reason: "ContainerCreating".into(),
            },
            _ => ContainerState::Running,
        };
        pod.status = if age >= 28 { "Running" } else { "ContainerCreating" }.into();
        pod.ready = container.ready && !pod.meta.deleting;
        let ready = pod.ready;
        pod.containers = vec![container];
        self.records.push(Record::Pod(pod));
        Some(ready)
    }

    /// A Deployment whose versions are given oldest first as (hash, image, wanted, lives).
    fn deployment(
        &mut self,
        name: &str,
        wanted: u32,
        versions: &[(&str, &str, u32, Vec<Life>)],
        nodes: usize,
    ) {
        let own = meta("default", name, None, 0);
        let id = own.id;
        let (mut all_ready, mut updated, mut pods) = (0, 0, Vec::new());
        let mut node = 0;
        for (place, (hash, image, replicas, lives)) in versions.iter().enumerate() {
            let set_name = format!("{name}-{hash}");
            let born = lives.iter().map(|life| life.born).min().unwrap_or(0);
            let set = meta("default", &set_name, Some(id), born);
            if self.now_micros * 10 / SECOND_MICROS < born {
                continue;
            }
            let set_id = set.id;
            let (mut current, mut ready) = (0, 0);
            for (number, life) in lives.iter().enumerate() {
                node += 1;
                let pod = format!("{set_name}-{}", suffix(number + place * 37));
                let worker = format!("worker-{}", 1 + node % nodes);
                if let Some(is_ready) = self.living(&pod, &worker, Some(set_id), *life) {
                    current += 1;
                    ready += u32::from(is_ready);
                    pods.push(EndpointRecord {
                        pod: Some(Id::from_uid(&format!("default/{pod}"))),
                        ready: is_ready,
                    });
                }
            }
            all_ready += ready;
            updated = current;
            self.records.push(Record::ReplicaSet(ReplicaSetRecord {
                meta: set,
                kind: "ReplicaSet".into(),
                ended: None,
                replicas: *replicas,
                current,
                ready,
                revision: place as u64 + 1,
                images: vec![(*image).into()],
            }));
        }
        self.records.push(Record::Deployment(DeploymentRecord {
            meta: own,
            kind: "Deployment".into(),
            replicas: wanted,
            updated,
            ready: all_ready,
            available: all_ready,
            revision: versions.len() as u64,
            ..DeploymentRecord::default()
        }));
        self.service(name, pods);
    }

    fn service(&mut self, name: &str, endpoints: Vec<EndpointRecord>) {
        let own = Meta {
            id: Id::from_uid(&format!("svc/{name}")),
            ..meta("default", name, None, 0)
        };
        let slice = meta("default", &format!("{name}-slice"), Some(own.id), 0);
        self.records.push(Record::EndpointSlice(EndpointSliceRecord {
            meta: slice,
            service: name.into(),
            endpoints,
        }));
        self.records.push(Record::Service(ServiceRecord {
            meta: own,
            service_type: "ClusterIP".into(),
            cluster_ip: "10.96.142.17".into(),
            ports: vec!["80/TCP".into()],
            selector: vec![format!("app={name}")],
        }));
    }

    /// One of each kind that makes Pods, and this many of each other kind.
    fn kinds(&mut self, replicas: u32, things: usize) {
        let nightly = meta("default", "sauvegarde", None, 2);
        let (night, last_night) = (nightly.id, "sauvegarde-29384756");
        self.records.push(Record::Deployment(DeploymentRecord {
            meta: nightly,
            kind: "CronJob".into(),
            schedule: "0 3 * * *".into(),
            ..DeploymentRecord::default()
        }));
        for (kind, name, owner, wanted, ended) in [
            ("StatefulSet", "base", None, replicas, None),
            ("DaemonSet", "journaux", None, 3, None),
            ("Job", "import", None, 2, Some(false)),
            ("Job", last_night, Some(night), 1, Some(true)),
        ] {
            let set = meta("default", name, owner, 3);
            for number in 0..wanted {
                let worker = format!("worker-{}", 1 + number % 3);
                self.living(&format!("{name}-{number}"), &worker, Some(set.id), Life::from(4));
            }
            self.records.push(Record::ReplicaSet(ReplicaSetRecord {
                meta: set,
                kind: kind.into(),
                replicas: wanted,
                current: wanted,
                ready: if ended == Some(false) { 0 } else { wanted },
                ended,
                images: vec!["busybox:1.37".into()],
                ..ReplicaSetRecord::default()
            }));
        }
        for kind in [
            "ConfigMap",
            "HorizontalPodAutoscaler",
            "Ingress",
            "PersistentVolumeClaim",
            "Secret",
        ] {
            for number in 0..things {
                let scales = kind
                    .starts_with('H')
                    .then(|| ("StatefulSet".into(), "base".into()));
                let name = format!("reglages-{number}");
                self.records.push(Record::Thing(ThingRecord {
                    meta: Meta {
                        id: Id::from_uid(&format!("{kind}/{name}")),
                        ..meta("default", &name, None, 1)
                    },
                    kind: kind.into(),
                    note: if kind.starts_with('P') {
                        "Bound".into()
                    } else {
                        String::new()
                    },
                    scales,
                }));
            }
        }
    }

    fn three(&mut self) {
        let lives = vec![Life::from(4), Life::from(5), Life::from(8)];
        self.deployment("web", 3, &[("7d4b9c8f5d", "nginx:1.27", 3, lives)], 3);
    }

    fn rollout(&mut self) {
        let tenths = self.now_micros * 10 / SECOND_MICROS;
        let old = (0..6_u64)
            .map(|n| Life {
                born: 0,
                deleted: Some(60 + n * 34),
            })
            .collect();
        let new: Vec<Life> = (0..6_u64).map(|n| Life::from(58 + n * 34)).collect();
        let done = (tenths.saturating_sub(58) / 34).min(6) as u32;
        let versions = [
            ("6c8f7b9d4c", "nginx:1.26", 6 - done, old),
            ("7d4b9c8f5d", "nginx:1.27", done.max(1), new),
        ];
        self.deployment(
            "web",
            6,
            versions
                .get(..if tenths >= 58 { 2 } else { 1 })
                .unwrap_or_default(),
            3,
        );
    }

    fn failures(&mut self) {
        self.deployment(
            "api",
            3,
            &[(
                "5f6d8b7c9d",
                "registry.example/equipe/api:2.4.1",
                3,
                vec![Life::from(0); 3],
            )],
            3,
        );
        let fail = |stage: &mut Self, name: &str, node: &str, phase, status: &str, restarts| {
            stage.records.push(Record::Pod(PodRecord {
                meta: meta("default", name, None, 2),
                node: node.into(),
                phase,
                status: status.into(),
                containers: vec![
                    ContainerRecord {
                        restarts,
                        state: ContainerState::Waiting {
                            reason: status.into(),
                        },
                        ..running("app", false)
                    },
                    running("sidecar", true),
                ],
                ..PodRecord::default()
            }));
        };
        fail(
            self,
            "boucle",
            "worker-1",
            PodPhase::Running,
            "CrashLoopBackOff",
            7,
        );
        fail(
            self,
            "image-absente",
            "worker-2",
            PodPhase::Pending,
            "ImagePullBackOff",
            0,
        );
        fail(self, "memoire", "worker-1", PodPhase::Running, "OOMKilled", 2);
        fail(
            self,
            "configuration",
            "worker-3",
            PodPhase::Pending,
            "CreateContainerConfigError",
            0,
        );
        fail(self, "evince", "worker-2", PodPhase::Failed, "Evicted", 0);
        fail(self, "tache", "worker-3", PodPhase::Succeeded, "Completed", 0);
        fail(self, "trop-gros", "", PodPhase::Pending, "Pending", 0);
        for record in &mut self.records {
            match record {
                Record::Pod(pod) if pod.meta.name == "trop-gros" => {
                    pod.unschedulable = "0/5 nodes are available: 4 Insufficient cpu.".into();
                }
                Record::Node(node) if node.meta.name == "worker-3" => node.unschedulable = true,
                Record::Node(node) if node.meta.name == "worker-2" => {
                    node.taints = vec!["dedie=batch:NoSchedule".into()];
                }
                Record::Node(node) if node.meta.name == "worker-4" => node.ready = false,
                _ => {}
            }
        }
        self.service("orphelin", Vec::new());
    }

    fn long_names(&mut self) {
        let name = "un-deploiement-dont-le-nom-est-aussi-long-que-kubernetes-le-permet-ou-presque";
        let image = "registre.interne.exemple.org/equipe-plateforme/sous-groupe/service-de-facturation:2026.11.20-rc.4";
        self.deployment(name, 4, &[("7d4b9c8f5d", image, 4, vec![Life::from(0); 4])], 3);
        for record in &mut self.records {
            if let Record::Node(node) = record
                && node.meta.name == "worker-2"
            {
                node.unschedulable = true;
                node.taints = vec!["node.example.org/usage=calcul-intensif:NoExecute".into()];
            }
        }
    }

    fn many(&mut self, pods: u64, nodes: usize) {
        let lives: Vec<Life> = (0..pods).map(|n| Life::from(n * 60 / pods)).collect();
        self.deployment(
            "web",
            pods as u32,
            &[("7d4b9c8f5d", "nginx:1.27", pods as u32, lives)],
            nodes,
        );
        for record in &mut self.records {
            if let Record::Pod(pod) = record
                && pod.meta.name.ends_with("22")
                && pod.phase == PodPhase::Running
            {
                pod.ready = false;
                pod.status = "CrashLoopBackOff".into();
                if let Some(container) = pod.containers.first_mut() {
                    container.state = ContainerState::Waiting {
                        reason: "CrashLoopBackOff".into(),
                    };
                }
            }
        }
    }
}

fn running(name: &str, ready: bool) -> ContainerRecord {
    ContainerRecord {
        name: name.into(),
        ready,
        state: ContainerState::Running,
        ..ContainerRecord::default()
    }
}

/// Five letters, different for each number below 27^3.
fn suffix(number: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let letter = |n: usize| char::from(LETTERS.get(n % LETTERS.len()).copied().unwrap_or(b'b'));
    [
        number * 7 + 3,
        number * 13 + 1,
        number / 27 / 27,
        number / 27,
        number,
    ]
    .into_iter()
    .map(letter)
    .collect()
}
