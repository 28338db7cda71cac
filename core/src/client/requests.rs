//! Typed requests of the cluster's own components: the same paths and verbs as everybody, with typed bodies.

use serde_json::{Value, json};

use super::Env;
use crate::api::{AnyObject, Key, Kind, Pod, StatusError, Typed};
use crate::apiserver::{
    Body, ContentType, Method, Request, Response, ResponseBody, User, collection_path, object_path,
};

/// How an object is to be deleted.
#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    /// Seconds a Pod may take to stop.
    pub grace_period_secs: Option<i64>,
    /// `Background`, `Foreground` or `Orphan`.
    pub propagation: Option<&'static str>,
    /// Only if it still has this UID.
    pub uid: Option<String>,
}

/// A component's access to the API server, under its own user name.
pub struct Client<'a, 'b> {
    env: &'a mut Env<'b>,
    user: &'a User,
}

impl<'a, 'b> Client<'a, 'b> {
    /// Access for this user.
    pub fn new(env: &'a mut Env<'b>, user: &'a User) -> Self {
        Self { env, user }
    }

    fn send(&mut self, method: Method, path: String, content_type: ContentType, body: Body) -> Response {
        let request = Request {
            content_type,
            ..Request::new(method, path, self.user.clone()).with_body(body)
        };
        self.env.api.handle(self.env.sim, &request)
    }

    fn path(&self, key: &Key) -> String {
        // Only a custom object itself knows what its kind is called.
        let object = match key.kind {
            Kind::Custom(_) => self.env.api.store().get(key),
            _ => None,
        };
        let names = object.map_or(key.kind.into(), AnyObject::names);
        object_path(names, &key.namespace, &key.name)
    }

    /// Reads an object.
    ///
    /// # Errors
    ///
    /// What the API server refuses.
    pub fn get<K: Typed>(&mut self, namespace: &str, name: &str) -> Result<K, StatusError> {
        let path = object_path(K::KIND, namespace, name);
        let object = self
            .send(Method::Get, path, ContentType::Json, Body::Empty)
            .into_object()?;
        object
            .get::<K>()
            .cloned()
            .ok_or_else(|| StatusError::not_found(K::KIND, name))
    }

    /// Creates an object.
    ///
    /// # Errors
    ///
    /// What the API server refuses.
    pub fn create(&mut self, object: AnyObject) -> Result<AnyObject, StatusError> {
        let path = collection_path(object.names(), object.namespace());
        self.send(Method::Post, path, ContentType::Json, Body::Object(object))
            .into_object()
    }

    /// Replaces an object.
    ///
    /// # Errors
    ///
    /// What the API server refuses; a conflict if it changed since it was read.
    pub fn update(&mut self, object: AnyObject) -> Result<AnyObject, StatusError> {
        let path = object_path(object.names(), object.namespace(), object.name());
        self.send(Method::Put, path, ContentType::Json, Body::Object(object))
            .into_object()
    }

    /// Replaces the status of an object.
    ///
    /// # Errors
    ///
    /// What the API server refuses; a conflict if it changed since it was read.
    pub fn update_status(&mut self, object: AnyObject) -> Result<AnyObject, StatusError> {
        self.update_subresource(object, "status")
    }

    /// Replaces a subresource of an object.
    ///
    /// # Errors
    ///
    /// What the API server refuses; a conflict if it changed since it was read.
    pub fn update_subresource(&mut self, object: AnyObject, name: &str) -> Result<AnyObject, StatusError> {
        let path = format!(
            "{}/{name}",
            object_path(object.names(), object.namespace(), object.name())
        );
        self.send(Method::Put, path, ContentType::Json, Body::Object(object))
            .into_object()
    }

    /// Changes the newest state of an object: a patch, for writers that own what they change. Nothing is written when
    /// `change` changes nothing.
    ///
    /// # Errors
    ///
    /// What the API server refuses.
    pub fn modify(
        &mut self,
        key: &Key,
        subresource: Option<&str>,
        change: impl FnOnce(&mut AnyObject),
    ) -> Result<AnyObject, StatusError> {
        let before = self.env.api.store().get(key);
        let before = before.ok_or_else(|| StatusError::not_found(key.kind, &key.name))?;
        let mut after = before.clone();
        change(&mut after);
        if after == *before {
            return Ok(after);
        }
        let path = object_path(after.names(), &key.namespace, &key.name);
        let path = match subresource {
            Some(name) => format!("{path}/{name}"),
            None => path,
        };
        self.send(Method::Patch, path, ContentType::Json, Body::Object(after))
            .into_object()
    }

    /// Patches an object with a JSON merge patch.
    ///
    /// # Errors
    ///
    /// What the API server refuses.
    pub fn merge_patch(&mut self, key: &Key, patch: Value) -> Result<AnyObject, StatusError> {
        let path = self.path(key);
        self.send(Method::Patch, path, ContentType::MergePatch, Body::Json(patch))
            .into_object()
    }

    /// Deletes an object, or marks it for deletion.
    ///
    /// # Errors
    ///
    /// What the API server refuses.
    pub fn delete(&mut self, key: &Key, options: &DeleteOptions) -> Result<(), StatusError> {
        let mut body = json!({"kind": "DeleteOptions", "apiVersion": "v1"});
        if let Value::Object(map) = &mut body {
            if let Some(secs) = options.grace_period_secs {
                map.insert("gracePeriodSeconds".to_owned(), json!(secs));
            }
            if let Some(propagation) = options.propagation {
                map.insert("propagationPolicy".to_owned(), json!(propagation));
            }
            if let Some(uid) = &options.uid {
                map.insert("preconditions".to_owned(), json!({"uid": uid}));
            }
        }
        let path = self.path(key);
        self.send(Method::Delete, path, ContentType::Json, Body::Json(body))
            .into_result()
            .map(|_| ())
    }

    /// Reads the scale of an object (`autoscaling/v1.Scale`).
    ///
    /// # Errors
    ///
    /// What the API server refuses.
    pub fn scale(&mut self, key: &Key) -> Result<Value, StatusError> {
        let path = format!("{}/scale", self.path(key));
        let response = self.send(Method::Get, path, ContentType::Json, Body::Empty);
        match response.into_result()? {
            ResponseBody::Json(scale) => Ok(scale),
            _ => Ok(Value::Null),
        }
    }

    /// Sets the scale of an object.
    ///
    /// # Errors
    ///
    /// What the API server refuses.
    pub fn set_scale(&mut self, key: &Key, replicas: i32) -> Result<(), StatusError> {
        let path = format!("{}/scale", self.path(key));
        let scale = json!({"spec": {"replicas": replicas}});
        self.send(Method::Put, path, ContentType::Json, Body::Json(scale))
            .into_result()
            .map(|_| ())
    }

    /// A token of the service account a Pod runs as, which ends with the Pod.
    ///
    /// # Errors
    ///
    /// What the API server refuses.
    pub fn create_token(&mut self, pod: &Pod, secs: Option<i64>) -> Result<String, StatusError> {
        let account = pod.spec.service_account_name.as_deref().unwrap_or("default");
        let path = object_path(Kind::ServiceAccount, pod.namespace(), account);
        let bound = json!({"apiVersion": "v1", "kind": "Pod", "name": pod.name(), "uid": pod.uid()});
        let request = json!({"spec": {"expirationSeconds": secs.unwrap_or(3_600), "boundObjectRef": bound}});
        let path = format!("{path}/token");
        let answer = self.send(Method::Post, path, ContentType::Json, Body::Json(request));
        let value = match answer.into_result()? {
            ResponseBody::Json(value) => value,
            _ => Value::Null,
        };
        let token = value.pointer("/status/token").and_then(Value::as_str);
        Ok(token.unwrap_or_default().to_owned())
    }

    /// Binds a Pod to a node.
    ///
    /// # Errors
    ///
    /// What the API server refuses.
    pub fn bind(&mut self, pod: &Key, node: &str) -> Result<(), StatusError> {
        let path = format!("{}/binding", object_path(pod.kind, &pod.namespace, &pod.name));
        let target = json!({"target": {"apiVersion": "v1", "kind": "Node", "name": node}});
        self.send(Method::Post, path, ContentType::Json, Body::Json(target))
            .into_result()
            .map(|_| ())
    }
}
