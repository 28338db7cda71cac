//! The cluster's panel: keeps the page's copy of the cluster and hands it to the view.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    page::{
        hooks::{use_news, use_session},
        session::{News, Session},
    },
    protocol::{Answer, FromEngine, ObjectText, Query},
    texts,
    view::{
        projection::Projection,
        widgets::{Aspect, ClusterView, Inspection},
    },
};

/// How it looks.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Whether the page is dark.
    pub(super) dark: bool,
}

/// The page's copy, compared by identity.
#[derive(Clone, Default)]
struct Copy(Rc<Projection>);

impl PartialEq for Copy {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The cluster's panel.
#[component]
pub(super) fn ClusterPanel(props: &Props) -> Html {
    let session = use_session();
    let shown = use_state_eq(|| None::<Copy>);
    let pace = use_state_eq(|| session.pace());
    let latest = use_mut_ref(Projection::default);
    {
        let (session, shown, pace) = (session.clone(), shown.setter(), pace.setter());
        use_news(move |news| match news {
            News::Pace(now) => pace.set(*now),
            News::Starting => shown.set(None),
            News::Engine(message) => match &**message {
                FromEngine::Opened(_) => shown.set(None),
                FromEngine::View { seq, delta } => {
                    let mut copy = latest.borrow_mut();
                    copy.apply((**delta).clone());
                    shown.set(Some(Copy(Rc::new(copy.clone()))));
                    session.view_seen(*seq);
                }
                _ => {}
            },
            _ => {}
        });
    }
    let on_inspect = use_callback(session, |inspection: Inspection, session| {
        inspect(inspection, session);
    });
    html! {
        <div class="cluster-stage">
            { match &*shown {
                Some(copy) => html! { <ClusterView projection={Rc::clone(&copy.0)} pace={pace.factor()} dark={props.dark} {on_inspect} /> },
                None => html! { <p class="waiting" role="status">{ texts::ENGINE_STARTING }</p> },
            } }
        </div>
    }
}

/// Fetches what the inspector shows.
fn inspect(inspection: Inspection, session: &Session) {
    let session = session.clone();
    let Inspection {
        aspect,
        kind,
        namespace,
        name,
        reply,
    } = inspection;
    let what = match aspect {
        Aspect::Yaml => ObjectText::Yaml,
        Aspect::Describe => ObjectText::Describe,
        Aspect::Events => ObjectText::Events,
    };
    wasm_bindgen_futures::spawn_local(async move {
        let query = Query::Object {
            what,
            kind,
            namespace,
            name,
        };
        match session.ask(query).await {
            Ok(Answer::Text(text)) => reply.emit(Ok(text)),
            Ok(_) => reply.emit(Err(String::new())),
            Err(reason) => reply.emit(Err(reason)),
        }
    });
}
