//! What the API server itself creates when a cluster comes up: the system namespaces and the `kubernetes` Service
//! (`pkg/controlplane/controller`).

use super::authorization::bootstrap_policy;
use super::strategies::priorityclass::SYSTEM_CLASSES;
use super::{ApiServer, Body, Method, Request, User, collection_path};
use crate::api::types::IntOrString;
use crate::api::types::core::{self, ServicePort, ServiceSpec};
use crate::api::types::discovery::{self, Endpoint, EndpointConditions, EndpointPort};
use crate::api::types::meta::ObjectMeta;
use crate::api::types::scheduling::PriorityClass as FullPriorityClass;
use crate::api::{AnyObject, EndpointSlice, Endpoints, Namespace, NoStatus, PriorityClass, Service};
use crate::sim::Sim;

/// `--advertise-address`: the control plane's node.
const ADVERTISED_ADDRESS: &str = "172.18.0.2";
/// `--secure-port`
const SECURE_PORT: i32 = 6_443;

/// The namespaces every cluster has.
const SYSTEM_NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

impl ApiServer {
    /// Creates what every cluster has from the start.
    pub fn bootstrap(&mut self, sim: &mut Sim) {
        let user = User::component("system:apiserver");
        for name in SYSTEM_NAMESPACES {
            let namespace = Namespace::new(named("", name), Default::default(), Default::default());
            self.create_system(sim, &user, AnyObject::Namespace(namespace));
        }
        for (name, value, description) in SYSTEM_CLASSES {
            let class = FullPriorityClass {
                value: Some(value),
                description: Some(description.to_owned()),
                ..FullPriorityClass::default()
            };
            let class = PriorityClass::new(named("", name), class, NoStatus::default());
            self.create_system(sim, &user, AnyObject::PriorityClass(class));
        }
        let spec = ServiceSpec {
            cluster_ip: Some("10.96.0.1".to_owned()),
            ports: Some(vec![ServicePort {
                name: Some("https".to_owned()),
                port: 443,
                target_port: Some(IntOrString::Int(SECURE_PORT)),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        };
        let mut metadata = named("default", "kubernetes");
        metadata.labels = Some(
            [("component", "apiserver"), ("provider", "kubernetes")]
                .map(|(k, v)| (k.into(), v.into()))
                .into(),
        );
        self.create_system(
            sim,
            &user,
            AnyObject::Service(Service::new(metadata, spec, Default::default())),
        );
        self.create_system(sim, &user, AnyObject::EndpointSlice(own_endpoints()));
        for object in bootstrap_policy::objects() {
            self.create_system(sim, &user, object);
        }
        let manager = User::component("system:kube-controller-manager");
        for account in bootstrap_policy::accounts() {
            self.create_system(sim, &manager, account);
        }
        self.create_system(sim, &user, AnyObject::Endpoints(own_old_endpoints()));
    }

    fn create_system(&mut self, sim: &mut Sim, user: &User, object: AnyObject) {
        let path = collection_path(object.kind(), object.namespace());
        let request = Request::new(Method::Post, path, user.clone()).with_body(Body::Object(object));
        let response = self.handle(sim, &request);
        debug_assert!(response.status < 300, "bootstrap: {:?}", response.body);
    }
}

/// Where the `kubernetes` Service leads: the API server says it itself, no controller does
/// (`pkg/controlplane/reconcilers`).
fn own_endpoints() -> EndpointSlice {
    let mut metadata = named("default", "kubernetes");
    let owner = ("kubernetes.io/service-name".to_owned(), "kubernetes".to_owned());
    metadata.labels = Some([owner].into());
    let slice = discovery::EndpointSlice {
        address_type: "IPv4".to_owned(),
        endpoints: Some(vec![Endpoint {
            addresses: vec![ADVERTISED_ADDRESS.to_owned()],
            conditions: Some(EndpointConditions {
                ready: Some(true),
                ..EndpointConditions::default()
            }),
            ..Endpoint::default()
        }]),
        ports: Some(vec![EndpointPort {
            name: Some("https".to_owned()),
            port: Some(SECURE_PORT),
            protocol: Some("TCP".to_owned()),
            ..EndpointPort::default()
        }]),
        ..discovery::EndpointSlice::default()
    };
    EndpointSlice::new(metadata, slice, NoStatus::default())
}

/// The same as Endpoints.
fn own_old_endpoints() -> Endpoints {
    let mut metadata = named("default", "kubernetes");
    let skip = (
        "endpointslice.kubernetes.io/skip-mirror".to_owned(),
        "true".to_owned(),
    );
    metadata.labels = Some([skip].into());
    let subset = core::EndpointSubset {
        addresses: Some(vec![core::EndpointAddress {
            ip: ADVERTISED_ADDRESS.to_owned(),
            ..core::EndpointAddress::default()
        }]),
        ports: Some(vec![core::EndpointPort {
            name: Some("https".to_owned()),
            port: SECURE_PORT,
            protocol: Some("TCP".to_owned()),
            ..core::EndpointPort::default()
        }]),
        ..core::EndpointSubset::default()
    };
    let endpoints = core::Endpoints {
        subsets: Some(vec![subset]),
        ..core::Endpoints::default()
    };
    Endpoints::new(metadata, endpoints, NoStatus::default())
}

fn named(namespace: &str, name: &str) -> ObjectMeta {
    ObjectMeta {
        namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    }
}
