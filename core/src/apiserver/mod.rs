//! The API server: every read and write of the cluster's state goes through [`ApiServer::handle`].
//!
//! A request is routed, its body decoded, defaulted, admitted and validated by the rules of its kind, and committed to
//! the store: one revision and one change each. Errors are Kubernetes' `Status` objects. Models `k8s.io/apiserver`.

mod admission;
mod authentication;
mod authorization;
mod bootstrap;
mod custom;
pub mod decode;
mod discovery;
mod managed;
mod metrics;
pub use discovery::{Discovery, GIT_VERSION};
pub use metrics::{Metrics, Usage};
pub(crate) mod jsonpath;
mod outage;
mod paging;
pub mod patch;
pub mod printing;
pub(crate) mod quota;
mod request;
mod reviews;
mod route;
mod selection;
mod strategies;
mod strategy;
mod table;
pub mod user;
pub mod validation;
mod verbs;
mod versions;
mod watch;

pub(crate) use authentication::token::secret_token;
pub(crate) use authorization::applies_to_user;
pub use outage::Outage;
pub use paging::Page;
pub use request::{
    Accept, Body, ContentType, ExecRequest, List, LogRequest, Method, ProxyRequest, Request, Response,
    ResponseBody, StreamId, collection_path, object_path,
};
pub use selection::{FieldRequirement, Selection};
pub use strategies::pod::pod_status;
pub use strategy::{Strategy, Surroundings, strategy};
pub use table::{Column, ColumnDefinition, Row, Table};
pub use user::{Impersonation, User};
pub use verbs::proxy::{is_proxied, proxied};
pub use verbs::read::{cells, columns};
pub use watch::{Watch, WatchEvent};

use serde::{Deserialize, Serialize};

use crate::api::{AnyObject, CustomKind, Key, Kind, ResourceQuota, StatusError, Typed};
use crate::etcd::Store;
use crate::sim::trace::Subject;
use crate::sim::{Action, Actor, Entry, Sim, TraceId};
use custom::Customs;
use managed::{Owners, Writer};
use route::Route;
use std::sync::Arc;

/// Users of whom it is known that they were refused something.
const KEPT_REFUSALS: usize = 16;

/// The API server and the store behind it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ApiServer {
    store: Store,
    /// Objects created so far: the key of generated names and UIDs.
    created: u64,
    /// Requests answered so far.
    requests: u64,
    /// Why no request is answered.
    #[serde(default)]
    outage: Option<Outage>,
    /// The custom kinds.
    customs: Customs,
    /// Who may do what.
    #[serde(skip)]
    authorizer: authorization::Authorizer,
    /// Who was refused something, with the groups that they were in then: the last one of each name, the newest last.
    refused: Vec<User>,
    /// What a metrics server serves, if there is one.
    metrics: Option<Metrics>,
    /// Who manages which fields.
    owners: Owners,
    /// Who writes, during a request.
    #[serde(skip)]
    writer: Writer,
}

impl ApiServer {
    /// Answers a request.
    pub fn handle(&mut self, sim: &mut Sim, request: &Request) -> Response {
        self.requests += 1;
        if let Some(outage) = self.outage {
            return Err(outage.error()).into();
        }
        let mut response: Response = self.recognised(sim, request).into();
        response.warnings.extend(deprecated(&request.path));
        response
    }

    /// Answers a request as whoever it is found to come from.
    fn recognised(&mut self, sim: &mut Sim, request: &Request) -> Result<Response, StatusError> {
        let mut owned;
        let mut request = request;
        if let Some(user) = authentication::user(self, sim, request)? {
            owned = Request {
                user,
                ..request.clone()
            };
            request = &owned;
        }
        let impersonated = authorization::impersonation::impersonated(self, request);
        if let Some(user) = self.note_refusal(&request.user, impersonated)? {
            owned = Request {
                user,
                ..request.clone()
            };
            request = &owned;
        }
        let checked = self.authorizer.check(&self.store, request);
        self.note_refusal(&request.user, checked)?;
        if let Some(answer) = reviews::answer(self, sim, request) {
            return answer;
        }
        if let Some(answer) = verbs::proxy::answer(self, request) {
            return answer;
        }
        self.customs.link(&self.store);
        let custom = route::custom_kind(&request.path, &self.customs);
        match route::route(&request.path, custom.as_ref())? {
            Route::Resource(route) => {
                self.writer = writer(request, route);
                let mut response = self.resource(sim, request, route)?;
                if request.accept == Accept::Managed {
                    self.add_managed_fields(&mut response);
                }
                Ok(versions::shown(response, route.form))
            }
            Route::NonResource(segments) => match segments.as_slice() {
                ["apis", metrics::GROUP, metrics::VERSION, rest @ ..] => {
                    metrics::answer(self.metrics.as_ref(), &self.store, request, rest)
                }
                segments => discovery::answer(&self.customs, request, segments),
            },
        }
    }

    fn resource(
        &mut self,
        sim: &mut Sim,
        request: &Request,
        route: route::ResourceRoute<'_>,
    ) -> Result<Response, StatusError> {
        match (request.method, route.name, route.subresource) {
            (Method::Get, None, None) => verbs::read::list(self, sim, request, route),
            (Method::Get, Some(name), None) => verbs::read::get(self, sim, request, route, name),
            (Method::Get, Some(name), Some("status" | "ephemeralcontainers")) => {
                verbs::read::get(self, sim, request, route, name)
            }
            (Method::Get, Some(name), Some("scale")) => verbs::scale::get(self, route, name),
            (Method::Get, Some(name), Some("log")) => verbs::log::get(self, request, route, name),
            (_, _, None) if route.kind.is_question() && request.method != Method::Post => {
                Err(StatusError::method_not_allowed())
            }
            (Method::Post, None, None) if route.kind.is_question() => Err(StatusError::method_not_allowed()),
            (Method::Post | Method::Get, Some(name), Some(verb @ ("exec" | "attach"))) => {
                verbs::log::exec(self, request, route, (name, verb == "attach"))
            }
            (Method::Post | Method::Get, Some(name), Some("portforward")) => {
                verbs::log::port_forward(self, route, name)
            }
            (Method::Post, None, None) => verbs::create::create(self, sim, request, route),
            (Method::Post, Some(name), Some("binding")) => verbs::bind::bind(self, sim, request, route, name),
            (Method::Post, Some(name), Some("eviction")) => {
                verbs::evict::evict(self, sim, request, route, name)
            }
            (Method::Post, Some(name), Some("token")) => {
                verbs::token::create(self, sim, request, route, name)
            }
            (Method::Put | Method::Patch, Some(name), Some("scale")) => {
                verbs::scale::update(self, sim, request, route, name)
            }
            (Method::Patch, Some(name), None | Some("status"))
                if request.content_type == ContentType::Apply =>
            {
                verbs::apply::apply(self, sim, request, route, name)
            }
            (
                Method::Put | Method::Patch,
                Some(name),
                None | Some("status" | "finalize" | "ephemeralcontainers"),
            ) => verbs::update::update(self, sim, request, route, name),
            (Method::Delete, Some(name), None) => verbs::delete::delete(self, sim, request, route, name),
            (Method::Delete, None, None) => verbs::delete::delete_collection(self, sim, request, route),
            _ => Err(StatusError::method_not_allowed()),
        }
    }

    /// Keeps who was refused.
    fn note_refusal<T>(&mut self, user: &User, outcome: Result<T, StatusError>) -> Result<T, StatusError> {
        if outcome.is_err() {
            self.refused.retain(|known| known.name != user.name);
            if self.refused.len() == KEPT_REFUSALS {
                self.refused.remove(0);
            }
            self.refused.push(user.clone());
        }
        outcome
    }

    /// Who was refused something, the newest last.
    #[must_use]
    pub fn refused(&self) -> &[User] {
        &self.refused
    }

    /// What the metrics server serves.
    #[must_use]
    pub fn metrics(&self) -> Option<&Metrics> {
        self.metrics.as_ref()
    }

    /// The metrics server has looked, or is there no more.
    pub fn set_metrics(&mut self, metrics: Option<Metrics>) {
        self.metrics = metrics;
    }

    /// From now on no request is answered, or all are again.
    pub fn set_outage(&mut self, outage: Option<Outage>) {
        self.outage = outage;
    }

    /// The store, for those who read through the watch cache: informers and the lab's views.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Forgets the changes up to a revision: nobody will ask for them.
    pub fn compact(&mut self, revision: u64) {
        self.store.compact(revision);
    }

    /// The next events of a watch.
    ///
    /// # Errors
    ///
    /// 410 when the changes are no longer kept: list again.
    pub fn watch_next(&self, watch: &mut Watch) -> Result<Vec<WatchEvent>, StatusError> {
        watch.next(&self.store)
    }

    /// Says in an answer's objects who manages which fields.
    fn add_managed_fields(&self, response: &mut Response) {
        let objects = match &mut response.body {
            ResponseBody::Object(object) => std::slice::from_mut(object),
            ResponseBody::List(list) => &mut list.items,
            _ => return,
        };
        for object in objects {
            let entries = self.owners.entries(object);
            object.metadata_mut().managed_fields = Some(entries).filter(|entries| !entries.is_empty());
        }
    }

    /// The custom kind named so in this group and version, if it is served.
    #[must_use]
    pub fn custom_kind(&self, api_version: &str, name: &str) -> Option<&Arc<CustomKind>> {
        self.customs.named(api_version, name)
    }

    /// The custom kinds that are served.
    pub fn custom_kinds(&self) -> impl Iterator<Item = &Arc<CustomKind>> {
        self.customs.served()
    }

    /// Requests answered so far.
    #[must_use]
    pub fn request_count(&self) -> u64 {
        self.requests
    }

    /// Commits an object and writes the trace.
    fn commit(&mut self, sim: &mut Sim, actor: &Actor, action: Action, object: AnyObject) -> AnyObject {
        let trace = record(sim, actor, action, &object, self.store.next_revision());
        let key = object.key();
        if action == Action::Bind {
            // Nobody manages where a Pod runs.
            self.writer = Writer::default();
        }
        let (store, writer) = (&self.store, &self.writer);
        self.owners
            .note(&key, writer, sim.now, || store.get(&key).cloned());
        if let AnyObject::CustomResourceDefinition(definition) = &object {
            self.customs.sync(definition);
        }
        self.authorizer.observe(object.kind());
        self.store.put(object, trace)
    }

    /// Writes what quotas will have used once the object that they were charged for is stored.
    fn charge(&mut self, sim: &mut Sim, quotas: Vec<ResourceQuota>) {
        let actor = Actor::new("system:apiserver");
        for quota in quotas {
            self.commit(sim, &actor, Action::UpdateStatus, quota.into_any());
        }
    }

    /// Removes an object and writes the trace.
    fn remove(&mut self, sim: &mut Sim, actor: &Actor, key: &Key) -> Option<AnyObject> {
        let trace = record(
            sim,
            actor,
            Action::Delete,
            self.store.get(key)?,
            self.store.next_revision(),
        );
        self.owners.forget(key);
        if key.kind == Kind::CustomResourceDefinition {
            self.customs.remove(&key.name);
        }
        self.authorizer.observe(key.kind);
        self.store.remove(key, trace)
    }
}

/// Who writes: as the client says, or as its user's name tells (`managedfields.defaultManager`).
fn writer(request: &Request, route: route::ResourceRoute<'_>) -> Writer {
    let user = request.user.name.name();
    let known = |prefix: &str, name: &'static str| user.starts_with(prefix).then_some(name);
    let name = known("system:node:", "kubelet")
        .or_else(|| known("system:kube-scheduler", "kube-scheduler"))
        .or_else(|| known("system:serviceaccount:kube-system:", "kube-controller-manager"))
        .or_else(|| known("system:apiserver", "kube-apiserver"))
        .unwrap_or("kubectl");
    let asked = request.param("fieldManager").filter(|name| !name.is_empty());
    Writer {
        name: asked.map_or(name.into(), |asked| asked.to_owned().into()),
        subresource: match route.subresource {
            Some("ephemeralcontainers") => "ephemeralcontainers".into(),
            Some("status") => "status".into(),
            Some("scale") => "scale".into(),
            _ => "".into(),
        },
        applied: None,
    }
}

/// What is said of resources that are better not used any more.
fn deprecated(path: &str) -> Option<String> {
    let mut parts = path.strip_prefix("/api/v1/")?.split('/');
    let first = parts.next()?;
    let resource = if first == "namespaces" {
        parts.nth(1)?
    } else {
        first
    };
    let said = match resource {
        "endpoints" => "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
        "componentstatuses" => "v1 ComponentStatus is deprecated in v1.19+",
        _ => return None,
    };
    Some(said.to_owned())
}

fn record(sim: &mut Sim, actor: &Actor, action: Action, object: &AnyObject, revision: u64) -> TraceId {
    let (at, cause) = (sim.now, sim.cause);
    // Heartbeats say that nothing happened: they would drown what did.
    if object.kind() == Kind::Lease {
        return sim.trace.last_id();
    }
    sim.trace.push(|id| Entry {
        id,
        at,
        actor: actor.clone(),
        action,
        subject: Subject {
            kind: match object.custom_kind() {
                Some(custom) => custom.kind.clone().into(),
                None => object.kind().name().into(),
            },
            namespace: object.namespace().into(),
            name: object.name().into(),
        },
        revision,
        cause,
        message: "".into(),
    })
}

#[cfg(test)]
mod tests;
