//! CoreDNS (`plugin/kubernetes`, `plugin/forward`; https://github.com/kubernetes/dns/blob/master/docs/specification.md): what it answers about the names of
//! the cluster, read from its Services and slices, and what it passes on. Differs on purpose: no cache, no watch latency.

use std::net::Ipv4Addr;

use super::service::slices_of;
use super::{Origin, world};
use crate::api::types::discovery::Endpoint;
use crate::api::{Key, Kind, Service};
use crate::etcd::Store;
use crate::userland::socket::{NameRecord, Rcode, Record, RecordData};

/// The cluster's zone.
const ZONE: &str = "cluster.local";
/// How long its records may be kept, in seconds.
const TTL: u32 = 30;

/// An answer: its code, its records, whether the zone is its own.
pub(super) type Answered = (Rcode, Vec<NameRecord>, bool);

/// What a name server of the cluster answers; `turn` shifts lists of addresses (`loadbalance`).
pub(super) fn answer(store: &Store, name: &str, kind: Record, turn: u64) -> Answered {
    let name = name.trim_end_matches('.').to_lowercase();
    if let Some(inner) = name.strip_suffix(".in-addr.arpa") {
        return reverse(store, &name, inner).unwrap_or_else(|| outside(&name, kind));
    }
    let inner = match name.strip_suffix(ZONE) {
        Some("") => return (Rcode::NoError, Vec::new(), true),
        Some(inner) if inner.ends_with('.') => inner.trim_end_matches('.'),
        _ => return outside(&name, kind),
    };
    let labels: Vec<&str> = inner.split('.').collect();
    let nothing = (Rcode::NxDomain, Vec::new(), true);
    let exists = |namespace: &str| store.get(&Key::new(Kind::Namespace, "", namespace)).is_some();
    match labels.as_slice() {
        ["svc" | "pod"] => (Rcode::NoError, Vec::new(), true),
        [namespace, "svc"] if exists(namespace) => (Rcode::NoError, Vec::new(), true),
        [service, namespace, "svc"] => of_service(store, &name, (service, namespace), (kind, turn)),
        [port, protocol, service, namespace, "svc"] if port.starts_with('_') => {
            let asked = (port.trim_start_matches('_'), protocol.trim_start_matches('_'));
            of_port(store, &name, (service, namespace), asked).unwrap_or(nothing)
        }
        [host, service, namespace, "svc"] => {
            of_endpoint(store, &name, host, (service, namespace), kind).unwrap_or(nothing)
        }
        // `pods insecure`: any address has a name, whoever has it.
        [address, namespace, "pod"] if exists(namespace) => match address.replace('-', ".").parse() {
            Ok(address) => addresses(&name, kind, &[address], 0),
            Err(_) => nothing,
        },
        _ => nothing,
    }
}

/// The Service that a name means to somebody, if there is one: its namespace and its name.
pub(super) fn meant<'a>(store: &Store, origin: &'a Origin, host: &'a str) -> Option<(&'a str, &'a str)> {
    let Origin::Pod { namespace, .. } = origin else {
        return None;
    };
    let host = host.trim_end_matches('.');
    let short = host.strip_suffix(ZONE).unwrap_or(host);
    let short = short.trim_end_matches('.');
    let short = short.strip_suffix(".svc").unwrap_or(short);
    let (name, namespace) = short.split_once('.').unwrap_or((short, namespace));
    service(store, (name, namespace)).map(|_| (namespace, name))
}

/// What the name servers of the Internet answer.
pub(super) fn outside(name: &str, kind: Record) -> Answered {
    let name = name.trim_end_matches('.').to_lowercase();
    match world::resolve(&name) {
        Some(address) => {
            let (code, records, _) = addresses(&name, kind, &[address], 0);
            (code, records, false)
        }
        None => (Rcode::NxDomain, Vec::new(), false),
    }
}

fn addresses(name: &str, kind: Record, found: &[Ipv4Addr], turn: u64) -> Answered {
    if kind != Record::A || found.is_empty() {
        return (Rcode::NoError, Vec::new(), true);
    }
    let first = usize::try_from(turn % found.len() as u64).unwrap_or_default();
    let turned = found.iter().cycle().skip(first).take(found.len());
    let records = turned.map(|address| NameRecord {
        name: name.to_owned(),
        ttl: TTL,
        data: RecordData::A(*address),
    });
    (Rcode::NoError, records.collect(), true)
}

fn service<'a>(store: &'a Store, (name, namespace): (&str, &str)) -> Option<&'a Service> {
    store
        .get(&Key::new(Kind::Service, namespace, name))?
        .get::<Service>()
}

/// The ready endpoints of a Service: their address, the name that they have below the Service's, and the ports.
fn endpoints(store: &Store, (name, namespace): (&str, &str)) -> Vec<(Ipv4Addr, String, Vec<(String, u16)>)> {
    let mut found = Vec::new();
    for slice in slices_of(store, namespace, name) {
        let ports: Vec<(String, u16)> = slice
            .spec
            .ports
            .iter()
            .flatten()
            .map(|port| {
                let number = port.port.and_then(|port| u16::try_from(port).ok());
                (port.name.clone().unwrap_or_default(), number.unwrap_or_default())
            })
            .collect();
        let ready = |endpoint: &&Endpoint| {
            let conditions = endpoint.conditions.as_ref();
            conditions.and_then(|known| known.ready).unwrap_or(true)
        };
        for endpoint in slice.spec.endpoints.iter().flatten().filter(ready) {
            let Some(address) = endpoint
                .addresses
                .first()
                .and_then(|ip| ip.parse::<Ipv4Addr>().ok())
            else {
                continue;
            };
            let host = endpoint
                .hostname
                .clone()
                .filter(|host| !host.is_empty())
                .unwrap_or_else(|| address.to_string().replace('.', "-"));
            found.push((address, host, ports.clone()));
        }
    }
    found
}

fn of_service(store: &Store, name: &str, key: (&str, &str), (kind, turn): (Record, u64)) -> Answered {
    let Some(service) = service(store, key) else {
        return (Rcode::NxDomain, Vec::new(), true);
    };
    if service.spec.type_.as_deref() == Some("ExternalName") {
        let target = service.spec.external_name.clone().unwrap_or_default();
        let mut records = vec![NameRecord {
            name: name.to_owned(),
            ttl: TTL,
            data: RecordData::Cname(target.clone()),
        }];
        if kind == Record::A {
            records.extend(answer(store, &target, kind, turn).1);
        }
        return (Rcode::NoError, records, true);
    }
    match service.spec.cluster_ip.as_deref() {
        Some("None") | None => {
            let found = endpoints(store, key);
            if found.is_empty() {
                return (Rcode::NxDomain, Vec::new(), true);
            }
            let found: Vec<Ipv4Addr> = found.into_iter().map(|(address, ..)| address).collect();
            addresses(name, kind, &found, turn)
        }
        Some(address) => match address.parse() {
            Ok(address) => addresses(name, kind, &[address], 0),
            Err(_) => (Rcode::ServFail, Vec::new(), true),
        },
    }
}

fn of_endpoint(store: &Store, name: &str, host: &str, key: (&str, &str), kind: Record) -> Option<Answered> {
    service(store, key)?;
    let found: Vec<Ipv4Addr> = endpoints(store, key)
        .into_iter()
        .filter(|(_, known, _)| known == host)
        .map(|(address, ..)| address)
        .collect();
    (!found.is_empty()).then(|| addresses(name, kind, &found, 0))
}

fn of_port(store: &Store, name: &str, key: (&str, &str), (port, protocol): (&str, &str)) -> Option<Answered> {
    let service = service(store, key)?;
    let fits =
        |known: &str, of: Option<&str>| known == port && of.unwrap_or("TCP").eq_ignore_ascii_case(protocol);
    let known = service.spec.ports.iter().flatten().find(|known| {
        fits(
            known.name.as_deref().unwrap_or_default(),
            known.protocol.as_deref(),
        )
    })?;
    let full = format!("{}.{}.svc.{ZONE}", key.0, key.1);
    let headless = service.spec.cluster_ip.as_deref() == Some("None");
    let targets: Vec<(String, u16)> = if headless {
        let all = endpoints(store, key).into_iter();
        all.filter_map(|(_, host, ports)| {
            let (_, number) = ports.into_iter().find(|(name, _)| name == port)?;
            Some((format!("{host}.{full}"), number))
        })
        .collect()
    } else {
        vec![(full, u16::try_from(known.port).unwrap_or_default())]
    };
    let weight = u16::try_from(100 / targets.len().max(1)).unwrap_or(1);
    let records = targets.into_iter().map(|(target, number)| NameRecord {
        name: name.to_owned(),
        ttl: TTL,
        data: RecordData::Srv(0, weight, number, target),
    });
    Some((Rcode::NoError, records.collect(), true))
}

/// The name of an address of the cluster.
fn reverse(store: &Store, name: &str, inner: &str) -> Option<Answered> {
    let octets: Vec<&str> = inner.split('.').rev().collect();
    let address = octets.join(".").parse::<Ipv4Addr>().ok()?.to_string();
    let services = store
        .list(Kind::Service)
        .filter_map(|object| object.get::<Service>());
    let mut found: Vec<String> = Vec::new();
    for service in services {
        let key = (service.name(), service.namespace());
        let full = format!("{}.{}.svc.{ZONE}", key.0, key.1);
        if service.spec.cluster_ip.as_deref() == Some(&address) {
            found.push(full.clone());
            break;
        }
        let endpoints = endpoints(store, key).into_iter();
        let own = endpoints.filter(|(known, ..)| known.to_string() == address);
        found.extend(own.map(|(_, host, _)| format!("{host}.{full}")));
    }
    let records: Vec<NameRecord> = found
        .into_iter()
        .map(|target| NameRecord {
            name: name.to_owned(),
            ttl: TTL,
            data: RecordData::Ptr(target),
        })
        .collect();
    (!records.is_empty()).then_some((Rcode::NoError, records, true))
}
