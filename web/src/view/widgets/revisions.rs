//! A Deployment's ReplicaSets in the inspector, newest first.

use std::rc::Rc;

use yew::prelude::*;

use crate::view::projection::{Id, Projection};
use crate::view::texts;

/// What the table is given.
#[derive(Clone, Properties)]
pub(super) struct Props {
    /// The Deployment.
    pub(super) deployment: Id,
    /// What is known of the cluster.
    pub(super) projection: Rc<Projection>,
    /// A ReplicaSet is to be inspected.
    pub(super) on_open: Callback<Id>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.deployment == other.deployment && Rc::ptr_eq(&self.projection, &other.projection)
    }
}

/// The table.
#[component]
pub(super) fn Revisions(props: &Props) -> Html {
    let sets = props.projection.replica_sets_of(props.deployment);
    let newest = sets.first().map_or(0, |set| set.revision);
    html! {
        <table class="cv-revisions">
            <thead><tr>
                { for texts::REVISION_HEADINGS.into_iter().map(|heading| html! { <th scope="col">{ heading }</th> }) }
            </tr></thead>
            <tbody>
                { for sets.into_iter().map(|set| {
                    let id = set.meta.id;
                    let open = props.on_open.reform(move |_: MouseEvent| id);
                    html! {
                        <tr key={id.0.to_string()}>
                            <td>{ set.revision }
                                if set.revision == newest { <em class="cv-current">{ texts::CURRENT }</em> }
                            </td>
                            <td><button type="button" class="cv-link" onclick={open}>{ set.meta.name.clone() }</button></td>
                            <td class="cv-mono">{ set.images.join(", ") }</td>
                            <td class="cv-number">{ format!("{}/{}", set.ready, set.replicas) }</td>
                        </tr>
                    }
                }) }
            </tbody>
        </table>
    }
}
