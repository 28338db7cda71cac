//! A development page for the cluster view: scripted clusters instead of an engine.
//!
//! Built by `web/scripts/cluster-view.mjs`; the address says what to show:
//! `#sample=real` runs a real cluster through a rollout, a failed one and a scaling; the others are scripted:
//! `#sample=rollout&at=13&play=1&dark=1&inspect=1` (seconds into the script; whether time passes from there).

#[cfg(all(target_arch = "wasm32", debug_assertions))]
mod page {
    use std::rc::Rc;

    use gloo_timers::callback::Interval;
    use serde_json::json;
    use timonier_core::apiserver::{Body, ContentType, Method, Request, User};
    use timonier_core::cluster::{Cluster, Topology};
    use timonier_web::engine::view::ViewBuilder;
    use timonier_web::view::projection::{Delta, Projection, Record};
    use timonier_web::view::samples::Sample;
    use timonier_web::view::widgets::{Aspect, ClusterView, Inspection};
    use yew::prelude::*;

    const TICK_MS: u32 = 100;

    /// A real cluster, and what is asked of it when (tenths of a second).
    struct Real {
        cluster: Cluster,
        builder: ViewBuilder,
        tenths: u64,
    }

    impl Real {
        fn new() -> Self {
            Self {
                cluster: Cluster::new(7, &Topology::default()),
                builder: ViewBuilder::default(),
                tenths: 0,
            }
        }

        fn tick(&mut self) -> Delta {
            match self.tenths {
                5 => self.ask(
                    Method::Post,
                    "/apis/apps/v1/namespaces/default/deployments",
                    deployment(),
                ),
                20 => self.ask(Method::Post, "/api/v1/namespaces/default/services", service()),
                90 => self.image("nginx:1.28"),
                240 => self.image("ngnix:1.29"),
                360 => self.image("nginx:1.28"),
                440 => self.scale(30),
                520 => self.scale(1000),
                _ => {}
            }
            self.tenths += 1;
            self.cluster
                .run_for(std::time::Duration::from_millis(u64::from(TICK_MS)));
            self.builder.delta(&self.cluster)
        }

        fn image(&mut self, image: &str) {
            let container = json!({"name": "web", "image": image});
            self.patch(json!({"spec": {"template": {"spec": {"containers": [container]}}}}));
        }

        fn scale(&mut self, replicas: u32) {
            self.patch(json!({"spec": {"replicas": replicas}}));
        }

        fn patch(&mut self, body: serde_json::Value) {
            self.ask(
                Method::Patch,
                "/apis/apps/v1/namespaces/default/deployments/web",
                body,
            );
        }

        fn ask(&mut self, method: Method, path: &str, body: serde_json::Value) {
            let mut request = Request::new(method, path, User::admin()).with_body(Body::Json(body));
            if method == Method::Patch {
                request.content_type = ContentType::StrategicMergePatch;
            }
            let response = self.cluster.request(&request);
            web_sys::console::log_1(&format!("{path}: {}", response.status).into());
        }
    }

    fn deployment() -> serde_json::Value {
        let container = json!({"name": "web", "image": "nginx:1.27"});
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {
                "replicas": 4, "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
            },
        })
    }

    fn service() -> serde_json::Value {
        let spec = json!({"selector": {"app": "web"}, "ports": [{"port": 80}]});
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    }

    fn parameter(name: &str) -> Option<String> {
        let hash = web_sys::window()?.location().hash().ok()?;
        let pairs = hash.trim_start_matches('#').split('&');
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    }

    /// The difference between what is known and what the script says.
    fn delta(view: &Projection, records: Vec<Record>, now_micros: u64) -> Delta {
        let ids: std::collections::BTreeSet<_> = records.iter().map(|record| record.meta().id).collect();
        let known = view.pods.keys().chain(view.replica_sets.keys());
        let removed = known.filter(|id| !ids.contains(id)).copied().collect();
        let changed = records
            .into_iter()
            .filter(|record| match record {
                Record::Pod(pod) => view.pods.get(&pod.meta.id).is_none_or(|known| **known != *pod),
                _ => true,
            })
            .collect();
        Delta {
            now_micros,
            revision: view.revision + 1,
            changed,
            removed,
            ..Delta::default()
        }
    }

    fn example_text(wish: &Inspection) -> String {
        let Inspection {
            aspect,
            kind,
            namespace,
            name,
            ..
        } = wish;
        match aspect {
            Aspect::Yaml => format!(
                "apiVersion: v1\nkind: {kind}\nmetadata:\n  creationTimestamp: \"2026-01-01T00:00:00Z\"\n  labels:\n    app: web\n  name: {name}\n  namespace: {namespace}\n  resourceVersion: \"1234\"\nspec:\n  containers:\n  - image: nginx:1.27\n    imagePullPolicy: IfNotPresent\n    name: nginx\n    ports:\n    - containerPort: 80\n      protocol: TCP\nstatus:\n  phase: Running\n"
            ),
            Aspect::Describe => format!(
                "Name:             {name}\nNamespace:        {namespace}\nPriority:         0\nService Account:  default\nStatus:           Running\nConditions:\n  Type              Status\n  Initialized       True\n  Ready             True\n"
            ),
            Aspect::Why => format!("=Tout va bien\u{a0}: le Pod {name} tourne.\n@Node\t\tworker-1\n"),
            Aspect::Events => "LAST SEEN   TYPE     REASON      OBJECT   MESSAGE\n5s          Normal   Scheduled   Pod/web  Successfully assigned default/web to worker-1\n".into(),
        }
    }

    #[component]
    fn Page() -> Html {
        let view = use_state(|| Rc::new(Projection::default()));
        let latest = use_mut_ref(Projection::default);
        let playing = parameter("play").as_deref() == Some("1");
        {
            let view = view.clone();
            use_effect_with((), move |()| {
                let wanted = parameter("sample").unwrap_or_default();
                let sample = Sample::ALL
                    .into_iter()
                    .find(|(name, _)| *name == wanted)
                    .map_or(Sample::Three, |s| s.1);
                let start: f64 = parameter("at").and_then(|at| at.parse().ok()).unwrap_or(0.0);
                let mut now_micros = (start * 1e6) as u64;
                let mut real = (wanted == "real").then(Real::new);
                let mut tick = move || {
                    let mut projection = latest.borrow_mut();
                    let change = match &mut real {
                        Some(real) => real.tick(),
                        None => delta(&projection, sample.at(now_micros), now_micros),
                    };
                    projection.apply(change);
                    view.set(Rc::new(projection.clone()));
                    now_micros += u64::from(TICK_MS) * 1000;
                };
                tick();
                let timer = playing.then(|| Interval::new(TICK_MS, tick));
                move || drop(timer)
            });
        }
        let on_inspect = Callback::from(|wish: Inspection| wish.reply.emit(Ok(example_text(&wish))));
        let dark = parameter("dark").as_deref() == Some("1");
        html! { <ClusterView projection={(*view).clone()} pace={u64::from(playing)} {dark} {on_inspect} on_wish={Callback::noop()} /> }
    }

    /// Shows the page.
    pub(super) fn show() {
        console_error_panic_hook::set_once();
        let root = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element());
        if let Some(root) = root {
            let theme = if parameter("dark").as_deref() == Some("1") {
                "dark"
            } else {
                "light"
            };
            drop(root.set_attribute("data-theme", theme));
        }
        yew::Renderer::<Page>::new().render();
    }
}

fn main() {
    #[cfg(all(target_arch = "wasm32", debug_assertions))]
    page::show();
}
