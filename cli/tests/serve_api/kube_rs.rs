//! A program written with kube-rs.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::{Client, Config};
use serde_json::json;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// Watches until a Deployment has as many replicas available, all of this image.
async fn available(deployments: &Api<Deployment>, name: &str, replicas: i32) {
    use futures_util::TryStreamExt;
    let params = WatchParams::default()
        .fields(&format!("metadata.name={name}"))
        .timeout(60);
    let stream = deployments.watch(&params, "0").await.expect("a watch");
    let mut stream = std::pin::pin!(stream);
    while let Some(event) = stream.try_next().await.expect("an event") {
        let (WatchEvent::Added(object) | WatchEvent::Modified(object)) = event else {
            continue;
        };
        let observed = object
            .status
            .as_ref()
            .and_then(|status| status.observed_generation);
        let status = object.status.unwrap_or_default();
        let whole = [
            status.replicas,
            status.updated_replicas,
            status.available_replicas,
        ]
        .iter()
        .all(|count| *count == Some(replicas));
        if observed == object.metadata.generation && whole {
            return;
        }
    }
    panic!("{name} never had {replicas} replicas available");
}

#[test]
fn a_program_lists_creates_watches_scales_and_rolls_out() {
    let server = super::server();
    let address = format!("http://{}", server.address())
        .parse()
        .expect("an address");
    block_on(async {
        let client = Client::try_from(Config::new(address)).expect("a client");
        let nodes: Api<Node> = Api::all(client.clone());
        assert_eq!(
            nodes
                .list(&ListParams::default())
                .await
                .expect("nodes")
                .items
                .len(),
            4
        );

        let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
        let manifest = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {
                "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]},
                },
            },
        });
        let deployment = serde_json::from_value(manifest).expect("a Deployment");
        let created = deployments.create(&PostParams::default(), &deployment).await;
        assert!(created.expect("it is created").metadata.uid.is_some());
        available(&deployments, "web", 2).await;

        let scale = Patch::Merge(json!({"spec": {"replicas": 4}}));
        let scaled = deployments
            .patch_scale("web", &PatchParams::default(), &scale)
            .await;
        assert_eq!(
            scaled.expect("a scale").spec.and_then(|spec| spec.replicas),
            Some(4)
        );
        available(&deployments, "web", 4).await;

        let image = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "nginx:1.28"}]}}},
        });
        let params = PatchParams::apply("essai").force();
        let applied = deployments.patch("web", &params, &Patch::Apply(image)).await;
        let managers = applied
            .expect("applied")
            .metadata
            .managed_fields
            .unwrap_or_default();
        assert!(
            managers
                .iter()
                .any(|entry| entry.manager.as_deref() == Some("essai"))
        );
        available(&deployments, "web", 4).await;

        let pods: Api<Pod> = Api::default_namespaced(client);
        let listed = pods
            .list(&ListParams::default().labels("app=web"))
            .await
            .expect("pods");
        let fresh = listed
            .items
            .iter()
            .filter_map(|pod| pod.spec.as_ref()?.containers.first()?.image.as_deref())
            .filter(|image| *image == "nginx:1.28");
        assert!(fresh.count() >= 4);
        let missing = pods.get("absent").await.expect_err("it is not there");
        assert!(
            missing.to_string().contains("pods \"absent\" not found"),
            "{missing}"
        );
    });
}
