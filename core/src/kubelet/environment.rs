//! The environment of a container (`makeEnvironmentVariables` in `kubelet_pods.go`), and `$(NAME)` in its command.

use std::collections::BTreeMap;

use super::Host;
use super::downward;
use crate::api::types::core::{Container as ContainerSpec, EnvVarSource};
use crate::api::{ConfigMap, Kind, Pod, Secret, Service};
use crate::client::{Client, Env};

/// Variables by name.
pub(super) type Variables = BTreeMap<String, String>;

/// What a container's variables are made of.
pub(super) struct Source<'a> {
    pub(super) pod: &'a Pod,
    pub(super) spec: &'a ContainerSpec,
    /// The Pod's address.
    pub(super) ip: &'a str,
}

/// The variables of a container, or what is missing, in the kubelet's words.
pub(super) fn make(source: &Source<'_>, env: &mut Env<'_>, host: &Host<'_>) -> Result<Variables, String> {
    let namespace = source.pod.namespace();
    let mut result = Variables::new();
    for from in source.spec.env_from.iter().flatten() {
        let prefix = from.prefix.as_deref().unwrap_or_default();
        if let Some(reference) = &from.config_map_ref {
            match Client::new(env, host.user).get::<ConfigMap>(namespace, &reference.name) {
                Ok(found) => {
                    for (key, value) in found.spec.data.iter().flatten() {
                        result.insert(format!("{prefix}{key}"), value.clone());
                    }
                }
                Err(_) if reference.optional == Some(true) => {}
                Err(_) => return Err(format!("configmap \"{}\" not found", reference.name)),
            }
        }
        if let Some(reference) = &from.secret_ref {
            match Client::new(env, host.user).get::<Secret>(namespace, &reference.name) {
                Ok(found) => {
                    for (key, value) in found.spec.data.iter().flatten() {
                        let value = String::from_utf8_lossy(&value.0).into_owned();
                        result.insert(format!("{prefix}{key}"), value);
                    }
                }
                Err(_) if reference.optional == Some(true) => {}
                Err(_) => return Err(format!("secret \"{}\" not found", reference.name)),
            }
        }
    }
    let services = services(source.pod, env);
    // Values may refer to services and to what stands before them.
    let mut known = Variables::new();
    for variable in source.spec.env.iter().flatten() {
        let value = match (&variable.value, &variable.value_from) {
            (Some(text), _) if !text.is_empty() => Some(expand(text, &[&known, &services])),
            (_, Some(from)) => from_source(from, source, env, host)?,
            _ => Some(String::new()),
        };
        if let Some(value) = value {
            known.insert(variable.name.clone(), value.clone());
            result.insert(variable.name.clone(), value);
        }
    }
    for (name, value) in services {
        result.entry(name).or_insert(value);
    }
    Ok(result)
}

fn from_source(
    from: &EnvVarSource,
    source: &Source<'_>,
    env: &mut Env<'_>,
    host: &Host<'_>,
) -> Result<Option<String>, String> {
    let namespace = source.pod.namespace();
    if let Some(field) = &from.field_ref {
        return downward::field(source.pod, &field.field_path, source.ip, host).map(Some);
    }
    if let Some(field) = &from.resource_field_ref {
        return Ok(Some(downward::resource(source.pod, source.spec, field, host)));
    }
    if let Some(reference) = &from.config_map_key_ref {
        let optional = reference.optional == Some(true);
        let (name, key) = (&reference.name, &reference.key);
        let Ok(found) = Client::new(env, host.user).get::<ConfigMap>(namespace, name) else {
            return if optional {
                Ok(None)
            } else {
                Err(format!("configmap \"{name}\" not found"))
            };
        };
        let value = found.spec.data.as_ref().and_then(|data| data.get(key)).cloned();
        return match value {
            None if !optional => Err(format!("couldn't find key {key} in ConfigMap {namespace}/{name}")),
            value => Ok(value),
        };
    }
    if let Some(reference) = &from.secret_key_ref {
        let optional = reference.optional == Some(true);
        let (name, key) = (&reference.name, &reference.key);
        let Ok(found) = Client::new(env, host.user).get::<Secret>(namespace, name) else {
            return if optional {
                Ok(None)
            } else {
                Err(format!("secret \"{name}\" not found"))
            };
        };
        let value = found.spec.data.as_ref().and_then(|data| data.get(key));
        return match value {
            None if !optional => Err(format!("couldn't find key {key} in Secret {namespace}/{name}")),
            value => Ok(value.map(|bytes| String::from_utf8_lossy(&bytes.0).into_owned())),
        };
    }
    Ok(None)
}

/// The variables that tell of services (`envvars.FromServices`).
fn services(pod: &Pod, env: &Env<'_>) -> Variables {
    let mut variables = Variables::new();
    let links = pod.spec.enable_service_links.unwrap_or(true);
    let namespace = pod.namespace();
    for object in env.api.store().list(Kind::Service) {
        let Some(service) = object.get::<Service>() else {
            continue;
        };
        let master = service.namespace() == "default" && service.name() == "kubernetes";
        let near = service.namespace() == namespace && links;
        let ip = service.spec.cluster_ip.as_deref().unwrap_or_default();
        if !(master || near) || matches!(ip, "" | "None") {
            continue;
        }
        let name = service.name().to_uppercase().replace('-', "_");
        variables.insert(format!("{name}_SERVICE_HOST"), ip.to_owned());
        for (index, port) in service.spec.ports.iter().flatten().enumerate() {
            let number = port.port;
            if index == 0 {
                variables.insert(format!("{name}_SERVICE_PORT"), number.to_string());
                variables.insert(
                    format!("{name}_PORT"),
                    format!("{}://{ip}:{number}", protocol(port.protocol.as_deref())),
                );
            }
            if let Some(named) = &port.name {
                let named = named.to_uppercase().replace('-', "_");
                variables.insert(format!("{name}_SERVICE_PORT_{named}"), number.to_string());
            }
            let lower = protocol(port.protocol.as_deref());
            let prefix = format!("{name}_PORT_{number}_{}", lower.to_uppercase());
            variables.insert(prefix.clone(), format!("{lower}://{ip}:{number}"));
            variables.insert(format!("{prefix}_PROTO"), lower.clone());
            variables.insert(format!("{prefix}_PORT"), number.to_string());
            variables.insert(format!("{prefix}_ADDR"), ip.to_owned());
        }
    }
    variables
}

fn protocol(name: Option<&str>) -> String {
    name.unwrap_or("TCP").to_lowercase()
}

/// Puts values in the place of `$(NAME)`; `$$` is a dollar, and what is not known stays (`expansion.Expand`).
pub(super) fn expand(text: &str, known: &[&Variables]) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        result.push_str(before);
        let after = from.get(1..).unwrap_or_default();
        if let Some(next) = after.strip_prefix('$') {
            result.push('$');
            rest = next;
            continue;
        }
        let named = after.strip_prefix('(').and_then(|inside| inside.split_once(')'));
        match named {
            Some((name, next)) => {
                match known.iter().find_map(|variables| variables.get(name)) {
                    Some(value) => result.push_str(value),
                    None => result.push_str(&format!("$({name})")),
                }
                rest = next;
            }
            None => {
                result.push('$');
                rest = after;
            }
        }
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_expanded_as_the_kubelet_does() {
        let known = Variables::from([
            ("A".to_owned(), "1".to_owned()),
            ("B".to_owned(), "x y".to_owned()),
        ]);
        for (text, expanded) in [
            ("$(A)", "1"),
            ("a$(A)b$(B)", "a1bx y"),
            ("$(NONE)", "$(NONE)"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$1"),
            ("$A", "$A"),
            ("$(A", "$(A"),
            ("price: 5$", "price: 5$"),
        ] {
            assert_eq!(expand(text, &[&known]), expanded, "{text}");
        }
    }
}
