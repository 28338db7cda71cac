//! Records by name in IndexedDB: bytes in, bytes out, several in one transaction.

use idb::{Database, DatabaseEvent, Factory, KeyRange, ObjectStoreParams, Query, TransactionMode};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

const DATABASE: &str = "timonier";
const RECORDS: &str = "records";

/// An open store.
pub(super) struct Vault(Database);

/// A record to write, or to delete when it has no bytes.
pub(super) type Write = (String, Option<Vec<u8>>);

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Vault {
    /// Opens the store, making it when it is not there.
    pub(super) async fn open() -> Result<Self, String> {
        let mut request = Factory::new()
            .map_err(words)?
            .open(DATABASE, Some(1))
            .map_err(words)?;
        request.on_upgrade_needed(|event| {
            let made = event.database().and_then(|database| {
                database
                    .create_object_store(RECORDS, ObjectStoreParams::new())
                    .map(drop)
            });
            if let Err(error) = made {
                web_sys::console::error_1(&error.to_string().into());
            }
        });
        request.await.map(Self).map_err(words)
    }

    /// Writes all of these or none; when this returns they are on disk as far as the browser can say.
    pub(super) async fn write(&self, records: Vec<Write>) -> Result<(), String> {
        let transaction = self
            .0
            .transaction(&[RECORDS], TransactionMode::ReadWrite)
            .map_err(words)?;
        let store = transaction.object_store(RECORDS).map_err(words)?;
        for (name, bytes) in records {
            let name = JsValue::from(name);
            match bytes {
                Some(bytes) => {
                    let value = JsValue::from(Uint8Array::from(bytes.as_slice()));
                    drop(
                        store
                            .put(&value, Some(&name))
                            .map_err(words)?
                            .await
                            .map_err(words)?,
                    );
                }
                None => store.delete(name).map_err(words)?.await.map_err(words)?,
            }
        }
        let result = transaction.commit().map_err(words)?.await.map_err(words)?;
        if result.is_committed() {
            Ok(())
        } else {
            Err("the browser gave the transaction up".to_owned())
        }
    }

    /// One record.
    pub(super) async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let transaction = self
            .0
            .transaction(&[RECORDS], TransactionMode::ReadOnly)
            .map_err(words)?;
        let store = transaction.object_store(RECORDS).map_err(words)?;
        let value = store
            .get(JsValue::from(name))
            .map_err(words)?
            .await
            .map_err(words)?;
        Ok(value.map(|value| Uint8Array::new(&value).to_vec()))
    }

    /// All records whose names begin so, in the order of their names.
    pub(super) async fn read_all(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
        let transaction = self
            .0
            .transaction(&[RECORDS], TransactionMode::ReadOnly)
            .map_err(words)?;
        let store = transaction.object_store(RECORDS).map_err(words)?;
        let range = KeyRange::bound(&prefix.into(), &format!("{prefix}\u{ffff}").into(), None, None)
            .map_err(words)?;
        let names = store
            .get_all_keys(Some(Query::KeyRange(range.clone())), None)
            .map_err(words)?
            .await
            .map_err(words)?;
        let values = store
            .get_all(Some(Query::KeyRange(range)), None)
            .map_err(words)?
            .await
            .map_err(words)?;
        let name = |name: &JsValue| name.as_string().unwrap_or_default();
        Ok(names
            .iter()
            .map(name)
            .zip(values.iter().map(|value| Uint8Array::new(value).to_vec()))
            .collect())
    }

    /// Forgets everything.
    pub(super) async fn clear(&self) -> Result<(), String> {
        let transaction = self
            .0
            .transaction(&[RECORDS], TransactionMode::ReadWrite)
            .map_err(words)?;
        let store = transaction.object_store(RECORDS).map_err(words)?;
        store.clear().map_err(words)?.await.map_err(words)?;
        transaction
            .commit()
            .map_err(words)?
            .await
            .map(drop)
            .map_err(words)
    }
}
