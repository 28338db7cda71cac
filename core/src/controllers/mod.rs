//! The controllers of kube-controller-manager: each watches, queues keys and brings the world closer to what was asked, one
//! key at a time. Models `cmd/kube-controller-manager` and `pkg/controller/*`.

mod claim;
mod clusterrole_aggregation;
mod cronjob;
mod customresourcedefinition;
mod daemonset;
mod deployment;
mod disruption;
mod disruption_target;
mod endpoints;
mod endpointslice;
mod endpointslice_mirroring;
mod every_namespace;
mod garbage_collector;
mod hash;
mod history;
mod horizontal;
mod job;
mod namespace;
mod node_lifecycle;
mod persistentvolume;
mod pod_control;
mod pod_gc;
mod replicaset;
mod replicationcontroller;
mod resourcequota;
mod root_ca;
mod serviceaccount;
mod serviceaccount_tokens;
mod statefulset;
mod taint_eviction;
mod volume_protection;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{AnyObject, Kind, StatusError};
use crate::client::{Cache, Delta, Env, Informer, QueuedItem, WorkQueue};
use crate::sim::Time;

/// What a reconciliation takes by itself, and each request it makes.
const RECONCILE_TIME: Duration = Duration::from_micros(500);
const REQUEST_TIME: Duration = Duration::from_millis(2);
/// What looking at one object it owns takes.
const ITEM_TIME: Duration = Duration::from_micros(30);

/// What a controller acts on: the cluster, and what it knows of it.
pub(crate) struct Context<'a, 'b> {
    /// Time, randomness, trace, API server.
    pub(crate) env: &'a mut Env<'b>,
    /// The shared cache.
    pub(crate) cache: &'a Cache,
    /// How many objects it has looked at.
    pub(crate) items: u32,
}

/// A controller: what it wakes for, and what it does about one key.
pub(crate) trait Controller {
    /// The keys waiting for it.
    fn queue(&mut self) -> &mut WorkQueue;

    /// Something changed: add the keys that it concerns.
    fn observe(&mut self, cache: &Cache, delta: &Delta, now: Time);

    /// Brings one object closer to what was asked.
    ///
    /// # Errors
    ///
    /// What the API server refused: the key comes back after a while.
    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError>;
}

/// kube-controller-manager.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ControllerManager {
    informer: Informer,
    /// When the first of the controllers has something to do, as of the last time they were woken.
    next_at: Option<Time>,
    definition: customresourcedefinition::DefinitionController,
    service_account: serviceaccount::ServiceAccountController,
    tokens: serviceaccount_tokens::TokensController,
    root_ca: root_ca::RootCaController,
    deployment: deployment::DeploymentController,
    replica_set: replicaset::ReplicaSetController,
    replication_controller: replicationcontroller::ReplicationManager,
    stateful_set: statefulset::StatefulSetController,
    daemon_set: daemonset::DaemonSetController,
    disruption: disruption::DisruptionController,
    endpoint_slice: endpointslice::EndpointSliceController,
    endpoints: endpoints::EndpointsController,
    endpoint_slice_mirroring: endpointslice_mirroring::EndpointSliceMirroringController,
    job: job::JobController,
    cron_job: cronjob::CronJobController,
    ttl_after_finished: job::ttl::TtlAfterFinishedController,
    horizontal: horizontal::HorizontalController,
    namespace: namespace::NamespaceController,
    resource_quota: resourcequota::ResourceQuotaController,
    garbage_collector: garbage_collector::GarbageCollector,
    persistent_volume: persistentvolume::PersistentVolumeController,
    local_path_provisioner: persistentvolume::LocalPathProvisioner,
    volume_protection: volume_protection::VolumeProtectionController,
    node_lifecycle: node_lifecycle::NodeLifecycleController,
    taint_eviction: taint_eviction::TaintEvictionController,
    pod_gc: pod_gc::PodGc,
    cluster_role_aggregation: clusterrole_aggregation::ClusterRoleAggregationController,
}

impl ControllerManager {
    /// The controllers of a cluster, which may have a provisioner of volumes.
    #[must_use]
    pub fn new(provisioner: bool) -> Self {
        Self {
            local_path_provisioner: persistentvolume::LocalPathProvisioner::new(provisioner),
            ..Self::default()
        }
    }

    fn controllers(&mut self) -> (&Cache, Vec<&mut dyn Controller>) {
        (
            &self.informer.cache,
            vec![
                &mut self.definition,
                &mut self.service_account,
                &mut self.tokens,
                &mut self.root_ca,
                &mut self.deployment,
                &mut self.replica_set,
                &mut self.replication_controller,
                &mut self.stateful_set,
                &mut self.daemon_set,
                &mut self.disruption,
                &mut self.endpoint_slice,
                &mut self.endpoints,
                &mut self.endpoint_slice_mirroring,
                &mut self.job,
                &mut self.cron_job,
                &mut self.ttl_after_finished,
                &mut self.horizontal,
                &mut self.namespace,
                &mut self.resource_quota,
                &mut self.garbage_collector,
                &mut self.persistent_volume,
                &mut self.local_path_provisioner,
                &mut self.volume_protection,
                &mut self.node_lifecycle,
                &mut self.taint_eviction,
                &mut self.pod_gc,
                &mut self.cluster_role_aggregation,
            ],
        )
    }

    /// Something was written.
    pub fn notify(&mut self, env: &Env<'_>, object: &AnyObject) {
        if watched(object) {
            self.informer.notify(env.sim, "kube-controller-manager");
        }
    }

    /// It begins to act: it lists what there is.
    pub fn begin(&mut self, env: &Env<'_>) {
        self.informer.notify(env.sim, "kube-controller-manager");
    }

    /// The revision up to which it has heard of changes.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.informer.cache.revision()
    }

    /// When it next has something to do.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        self.next_at.into_iter().chain(self.informer.due_at()).min()
    }

    /// Does what is due.
    pub fn wake(&mut self, env: &mut Env<'_>) {
        let now = env.sim.now;
        let deltas = self.informer.deliver(now, env.api.store(), watched);
        if deltas.is_empty() && self.next_at.is_none_or(|at| now < at) {
            return;
        }
        let mut next_at: Option<Time> = None;
        let (cache, controllers) = self.controllers();
        for controller in controllers {
            for delta in &deltas {
                controller.observe(cache, delta, now);
            }
            work_on_one(controller, env, cache);
            next_at = next_at.into_iter().chain(controller.queue().wake_at()).min();
        }
        self.next_at = next_at;
    }
}

/// Lets a controller take a key, if it may.
fn work_on_one(controller: &mut dyn Controller, env: &mut Env<'_>, cache: &Cache) {
    let now = env.sim.now;
    let Some(item) = controller.queue().take(now) else {
        return;
    };
    env.sim.cause = item.cause;
    let before = env.api.request_count();
    let mut context = Context {
        env: &mut *env,
        cache,
        items: 0,
    };
    let result = controller.reconcile(&mut context, &item);
    let items = context.items;
    let requests = u32::try_from(env.api.request_count() - before).unwrap_or(u32::MAX);
    let queue = controller.queue();
    queue.busy_until(now + RECONCILE_TIME + REQUEST_TIME * requests + ITEM_TIME * items);
    match result {
        Ok(()) => queue.forget(&item.key),
        Err(_) => queue.add_rate_limited(now, item.key.clone(), item.cause),
    }
}

/// Events are written by everybody and watched by no controller; who needs a lease reads it. Everything else is watched.
fn watched(object: &AnyObject) -> bool {
    !matches!(object.kind(), Kind::Event | Kind::Lease)
}
