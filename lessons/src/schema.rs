//! The published JSON Schema of the format, so that any editor completes and checks a lesson while it is written.
//! `timonier lessons schema` writes it to `lessons/schema/`; a test keeps the files and the types together.
use crate::format::{Exercise, Lesson};
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// The files and their contents: the schema of `lesson.yaml`, and that of an exercise.
pub fn schemas() -> [(&'static str, String); 2] {
    [
        (
            "lesson.schema.json",
            text(schema::<Lesson>("Timonier: lesson.yaml")),
        ),
        (
            "exercise.schema.json",
            text(schema::<Exercise>("Timonier: an exercise")),
        ),
    ]
}

fn schema<T: schemars::JsonSchema>(title: &str) -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>();
    schema.insert("title".to_owned(), json!(title));
    schema.to_value()
}

fn text(schema: Value) -> String {
    format!("{schema:#}\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn published_schemas_are_those_of_the_types() {
        for (name, text) in super::schemas() {
            let path = format!("{}/schema/{name}", env!("CARGO_MANIFEST_DIR"));
            let published = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                published == text,
                "{name} is out of date: run `cargo run -p timonier -- lessons schema`"
            );
        }
    }
}
