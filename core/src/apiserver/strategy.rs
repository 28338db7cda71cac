//! What the API server knows of each kind: defaults, validation, update rules and printing. One file a kind, in
//! `strategies/`, and one line in [`strategy`].
//!
//! Models `k8s.io/apiserver/pkg/registry/rest` strategies, `pkg/apis/*/v1/defaults.go`, `pkg/apis/*/validation` and
//! `pkg/printers/internalversion`.

use std::borrow::Cow;

use super::strategies;
use super::table::Column;
use crate::api::{AnyObject, Cause, Kind, StatusError};
use crate::etcd::Store;
use crate::sim::{Rng, Time};

/// What a strategy may look at besides the object.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The store, to allocate from.
    pub store: &'a Store,
    /// The present moment.
    pub now: Time,
    /// For generated values.
    pub rng: Rng,
}

/// How owned objects are treated when an object is deleted and the client says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultPropagation {
    /// The garbage collector deletes them later.
    Background,
    /// They are left alone.
    Orphan,
}

/// The rules of one kind.
pub trait Strategy: Sync {
    /// Sets the defaults of the spec (`SetDefaults_*`).
    fn default(&self, _object: &mut AnyObject) {}

    /// Makes a new object ready to be stored: resets its status, allocates what it needs.
    ///
    /// # Errors
    ///
    /// When something cannot be allocated.
    fn prepare_for_create(
        &self,
        object: &mut AnyObject,
        _around: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        object.reset_status();
        Ok(())
    }

    /// Makes a changed object ready to be stored; its status has been put back already.
    ///
    /// # Errors
    ///
    /// When something cannot be allocated.
    fn prepare_for_update(
        &self,
        _object: &mut AnyObject,
        _old: &AnyObject,
        _around: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        Ok(())
    }

    /// Whether an update leaves the status alone; otherwise it is a field like others.
    fn keeps_status(&self, _object: &AnyObject) -> bool {
        true
    }

    /// Makes an object whose status was changed ready to be stored.
    fn prepare_for_status_update(&self, _object: &mut AnyObject, _old: &AnyObject) {}

    /// Takes what an object needs from a common stock: cluster IPs, node ports. `old` is the object before an update.
    /// It happens before validation, as upstream (`BeginCreate`, `BeginUpdate`).
    ///
    /// # Errors
    ///
    /// When it is taken, or there is none left.
    fn allocate(
        &self,
        _object: &mut AnyObject,
        _old: Option<&AnyObject>,
        _around: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        Ok(())
    }

    /// What is wrong with an object.
    fn validate(&self, _object: &AnyObject) -> Vec<Cause> {
        Vec::new()
    }

    /// What is wrong with a change.
    fn validate_update(&self, object: &AnyObject, _old: &AnyObject) -> Vec<Cause> {
        self.validate(object)
    }

    /// `Warning` headers for a new or changed object.
    fn warnings(&self, _object: &AnyObject) -> Vec<String> {
        Vec::new()
    }

    /// How names are checked: most are DNS-1123 subdomains.
    fn validate_name(&self, name: &str) -> Vec<String> {
        super::validation::names::dns1123_subdomain(name)
    }

    /// Whether `metadata.generation` counts changes of the spec.
    fn has_generation(&self) -> bool {
        true
    }

    /// Whether a change makes a new generation.
    fn is_new_generation(&self, object: &AnyObject, old: &AnyObject) -> bool {
        !object.same_spec(old)
    }

    /// What happens to owned objects when the client says nothing.
    fn default_propagation(&self) -> DefaultPropagation {
        DefaultPropagation::Background
    }

    /// The columns of its table.
    fn columns(&self) -> &'static [Column] {
        const { &[Column::new("Name"), Column::new("Age")] }
    }

    /// The cells of an object, one for each column.
    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        vec![object.name().to_owned(), super::printing::age(object, now)]
    }

    /// The fields that field selectors may name, besides name and namespace.
    fn selectable_fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// The value of such a field.
    fn field<'a>(&self, _object: &'a AnyObject, _field: &str) -> Cow<'a, str> {
        Cow::Borrowed("")
    }
}

/// The rules of a kind.
#[must_use]
pub fn strategy(kind: Kind) -> &'static dyn Strategy {
    match kind {
        Kind::ConfigMap => &strategies::configmap::ConfigMapStrategy,
        Kind::Endpoints => &strategies::endpoints::EndpointsStrategy,
        Kind::Event => &strategies::event::EventStrategy,
        Kind::LimitRange => &strategies::limitrange::LimitRangeStrategy,
        Kind::Namespace => &strategies::namespace::NamespaceStrategy,
        Kind::Node => &strategies::node::NodeStrategy,
        Kind::PersistentVolumeClaim => &strategies::persistentvolumeclaim::PersistentVolumeClaimStrategy,
        Kind::PersistentVolume => &strategies::persistentvolume::PersistentVolumeStrategy,
        Kind::Pod => &strategies::pod::PodStrategy,
        Kind::ReplicationController => &strategies::replicationcontroller::ReplicationControllerStrategy,
        Kind::ResourceQuota => &strategies::resourcequota::ResourceQuotaStrategy,
        Kind::Secret => &strategies::secret::SecretStrategy,
        Kind::ServiceAccount => &strategies::serviceaccount::ServiceAccountStrategy,
        Kind::Service => &strategies::service::ServiceStrategy,
        Kind::CustomResourceDefinition => {
            &strategies::customresourcedefinition::CustomResourceDefinitionStrategy
        }
        Kind::ControllerRevision => &strategies::controllerrevision::ControllerRevisionStrategy,
        Kind::DaemonSet => &strategies::daemonset::DaemonSetStrategy,
        Kind::Deployment => &strategies::deployment::DeploymentStrategy,
        Kind::ReplicaSet => &strategies::replicaset::ReplicaSetStrategy,
        Kind::StatefulSet => &strategies::statefulset::StatefulSetStrategy,
        Kind::HorizontalPodAutoscaler => {
            &strategies::horizontalpodautoscaler::HorizontalPodAutoscalerStrategy
        }
        Kind::CronJob => &strategies::cronjob::CronJobStrategy,
        Kind::Job => &strategies::job::JobStrategy,
        Kind::Lease => &strategies::lease::LeaseStrategy,
        Kind::EndpointSlice => &strategies::endpointslice::EndpointSliceStrategy,
        Kind::IngressClass => &strategies::ingressclass::IngressClassStrategy,
        Kind::Ingress => &strategies::ingress::IngressStrategy,
        Kind::NetworkPolicy => &strategies::networkpolicy::NetworkPolicyStrategy,
        Kind::PodDisruptionBudget => &strategies::poddisruptionbudget::PodDisruptionBudgetStrategy,
        Kind::ClusterRole => &strategies::clusterrole::ClusterRoleStrategy,
        Kind::ClusterRoleBinding | Kind::RoleBinding => &strategies::rolebinding::RoleBindingStrategy,
        Kind::Role => &strategies::role::RoleStrategy,
        Kind::PriorityClass => &strategies::priorityclass::PriorityClassStrategy,
        Kind::StorageClass => &strategies::storageclass::StorageClassStrategy,
        Kind::EventV1 | Kind::HorizontalPodAutoscalerV1 => strategy(kind.storage()),
        // Nobody acts on the others: they are kept as they come.
        _ => &strategies::dynamic::DynamicStrategy,
    }
}
