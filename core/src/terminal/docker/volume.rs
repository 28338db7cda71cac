//! `docker volume`

use super::cli::Docker;
use super::{Engine, Host};
use crate::runtime::Place;
use crate::userland::Folder;

impl Docker {
    pub(super) fn volume(&mut self, rest: &[String], engine: &mut Engine, host: &Host<'_>) -> Option<i32> {
        match rest {
            [action] if action == "ls" => self.end(host, engine.volumes_table(), 0),
            [action, name] if action == "create" => {
                engine.volumes.entry(name.clone()).or_insert_with(Folder::empty);
                self.end(host, format!("{name}\n"), 0)
            }
            [action, name] if action == "rm" => {
                let used = engine.containers.iter().find(|container| {
                    container.config.mounts.iter().any(|mount| mount.place == Place::Pod(name.clone()))
                });
                match used {
                    Some(container) => self.end(host, format!("Error response from daemon: remove {name}: volume is in use - [{}]\n", container.id), 1),
                    None if engine.volumes.remove(name).is_some() => self.end(host, format!("{name}\n"), 0),
                    None => self.end(host, format!("Error response from daemon: get {name}: no such volume\n"), 1),
                }
            }
            _ => self.end(host, "Usage:  docker volume COMMAND\n\nManage volumes\n\nCommands:\n  create      Create a volume\n  ls          List volumes\n  rm          Remove one or more volumes\n", 0),
        }
    }
}
