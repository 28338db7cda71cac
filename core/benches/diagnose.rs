//! How long the editor waits for its marks: a manifest of 200 lines, right, wrong and broken. Target: under 2 ms.

use std::fmt::Write;

use timonier_core::api::schema::schema;
use timonier_core::manifest::diagnose;

fn main() {
    // The schema is read once, when the page's worker starts.
    assert!(!schema().kinds.is_empty());
    divan::main();
}

/// Eight objects of 25 lines each.
fn manifest() -> String {
    let mut text = String::new();
    for number in 0..8 {
        let separator = if number == 0 { "" } else { "---\n" };
        let _ = write!(
            text,
            "{separator}apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{number}
  labels:
    app: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
        ports:
        - containerPort: 80
        resources:
          requests: {{cpu: 100m, memory: 64Mi}}
          limits: {{cpu: 200m, memory: 128Mi}}
"
        );
    }
    text
}

#[divan::bench]
fn right(bencher: divan::Bencher<'_, '_>) {
    let text = manifest();
    assert!(diagnose(&text, schema()).is_empty());
    bencher.bench_local(|| diagnose(divan::black_box(&text), schema()));
}

#[divan::bench]
fn many_mistakes(bencher: divan::Bencher<'_, '_>) {
    let text = manifest()
        .replace("image:", "imgae:")
        .replace("replicas: 3", "replicas: trois")
        .replace("64Mi", "64Mo");
    assert!(diagnose(&text, schema()).len() >= 24);
    bencher.bench_local(|| diagnose(divan::black_box(&text), schema()));
}

#[divan::bench]
fn broken_yaml(bencher: divan::Bencher<'_, '_>) {
    let text = manifest().replace("    app: web\nspec", "   app: web\n spec");
    assert_eq!(diagnose(&text, schema()).len(), 8);
    bencher.bench_local(|| diagnose(divan::black_box(&text), schema()));
}
