//! `DefaultIngressClass`: an Ingress without a class gets the default one, if there is one.

use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Ingress, IngressClass, Kind};
use crate::etcd::Store;
use crate::sort::sort_by;

const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";
const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// Admits a new Ingress.
pub(super) fn admit(store: &Store, ingress: &mut Ingress) {
    if ingress.spec.ingress_class_name.is_some() || ingress.metadata.annotation(CLASS_ANNOTATION).is_some() {
        return;
    }
    let classes = store
        .list(Kind::IngressClass)
        .filter_map(AnyObject::get::<IngressClass>);
    let mut classes: Vec<_> = classes
        .filter(|class| class.metadata.annotation(DEFAULT_CLASS) == Some("true"))
        .collect();
    // Of several the newest.
    sort_by(&mut classes, |a, b| {
        let age = b.metadata.created_at().cmp(&a.metadata.created_at());
        age.then_with(|| a.name().cmp(b.name()))
    });
    if let Some(class) = classes.first() {
        ingress.spec_mut().ingress_class_name = Some(class.name().to_owned());
    }
}
