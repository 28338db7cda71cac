//! The real lab of [`crate::lab`]: a simulated cluster with a terminal on the learner's laptop, in virtual time.
use crate::evidence::Evidence;
use crate::format::{Cni, Load, Start};
use crate::lab::{Lab, Ran};
use std::time::Duration;
use timonier_core::cluster::{Cluster, SessionId, Topology};
use timonier_core::network;
use timonier_core::terminal::{Input, Output, State};

/// How long a command may run before it is interrupted, in virtual time. `rollout status` waits for ten minutes at most.
const PATIENCE: Duration = Duration::from_secs(1_200);

/// A cluster and a terminal.
pub struct Play {
    cluster: Cluster,
    session: SessionId,
}

impl Play {
    /// A fresh cluster of a start state's machines and images, and an empty laptop. [`crate::lab::begin`] does the rest.
    ///
    /// # Errors
    /// A French sentence when an image's description cannot be read.
    pub fn new(seed: u64, start: &Start) -> Result<Self, String> {
        Ok(Self::on(cluster(seed, start)?))
    }

    /// A new terminal on a cluster.
    pub fn on(mut cluster: Cluster) -> Self {
        let session = cluster.open_session();
        Self { cluster, session }
    }

    /// The cluster, its terminal closed.
    pub fn into_cluster(mut self) -> Cluster {
        self.cluster.close_session(self.session);
        self.cluster
    }

    /// Types one line and waits until it has ended.
    fn type_line(&mut self, line: &str) -> Option<State> {
        self.cluster.send(self.session, Input::Line(line.to_owned()));
        let end = Evidence::now(&self.cluster) + PATIENCE;
        self.cluster.run_until_idle(self.session, end)
    }

    fn printed(&mut self) -> String {
        let text = |output| match output {
            Output::Text { text, .. } => text,
            Output::Open(_) => String::new(),
        };
        self.cluster
            .take_output(self.session)
            .into_iter()
            .map(text)
            .collect::<String>()
            .replace('\r', "")
    }
}

/// The cluster of a start state, before its script.
///
/// # Errors
/// A French sentence when an image's description cannot be read.
pub fn cluster(seed: u64, start: &Start) -> Result<Cluster, String> {
    let mut topology = start
        .topology
        .as_ref()
        .map_or_else(Topology::default, |t| Topology {
            cni: match t.cni.unwrap_or_default() {
                Cni::Bridge => network::Cni::Bridge,
                Cni::Flannel => network::Cni::Flannel,
                Cni::Calico => network::Cni::Calico,
                Cni::None => network::Cni::None,
            },
            load_balancer: t.load_balancer,
            ..Topology::with_workers(t.workers)
        });
    if start.topology.as_ref().is_some_and(|t| t.same_pod_range) {
        for node in &mut topology.nodes {
            node.pod_network = std::net::Ipv4Addr::new(10, 244, 0, 0);
        }
    }
    let mut cluster = Cluster::new(seed, &topology);
    for (file, image) in &start.images {
        let text = image.text.as_deref().unwrap_or_default();
        cluster
            .catalog_mut()
            .add(file, text)
            .map_err(|e| format!("L’image « {file} » ne se lit pas : {e}"))?;
    }
    Ok(cluster)
}

impl Lab for Play {
    fn run(&mut self, line: &str) -> Ran {
        let mut exit = None;
        for part in line.lines() {
            exit = match self.type_line(part) {
                Some(State::Ready { exit, .. } | State::Ended { exit, .. }) => Some(exit),
                Some(State::NeedMore) => None,
                Some(State::Running { .. }) | None => {
                    self.cluster.send(self.session, Input::Interrupt);
                    return Ran {
                        output: self.printed(),
                        exit: None,
                    };
                }
            };
        }
        if exit.is_none() {
            self.cluster.send(self.session, Input::Interrupt);
        }
        Ran {
            output: self.printed(),
            exit,
        }
    }

    fn write(&mut self, file: &str, text: &str) {
        let saved = self.cluster.laptop_mut().save_file(file, text);
        debug_assert!(saved.is_ok(), "{file}: {saved:?}");
    }

    fn load(&mut self, load: &Load) -> Result<(), String> {
        let generator = crate::requests::generator(load, Evidence::now(&self.cluster))?;
        self.cluster.start_load(generator);
        Ok(())
    }

    fn wait(&mut self, micros: u64) {
        self.cluster.run_for(Duration::from_micros(micros));
    }

    fn evidence(&self) -> &dyn Evidence {
        &self.cluster
    }
}
