//! The objects that a command line names, looked up.

use serde_json::Value;

use super::args::{Query, Target};
use super::manifest::{Checks, Info, Named, infos};
use crate::api::Kind;
use crate::kubectl::common::files;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Parsed;

/// How objects are looked up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pick {
    /// Objects that are named, or found in files, are read from the API server.
    pub(crate) fetch: bool,
    /// A type alone means all of its objects.
    pub(crate) types_alone: bool,
}

/// What was found, and what was not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picked {
    /// The objects; `Null` if they were not to be read.
    pub(crate) infos: Vec<Info>,
    /// Why others were not found.
    pub(crate) failures: Vec<Failure>,
}

/// What is said when nothing is named.
const MISSING: &str = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

impl Cx<'_> {
    /// The objects that words and flags name.
    ///
    /// # Errors
    ///
    /// When they do not go together; objects that do not exist are among [`Picked::failures`].
    pub(crate) fn pick(&mut self, parsed: &Parsed, args: &[String], pick: Pick) -> Result<Picked, Failure> {
        let named = files(parsed);
        if !named.is_empty() {
            if !args.is_empty() {
                return Err("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well".into());
            }
            return Ok(self.in_files(named, pick));
        }
        if args.is_empty() {
            return Err(MISSING.into());
        }
        let query = Query {
            args,
            types_alone: pick.types_alone,
            ..Query::of(parsed)
        };
        let mut picked = Picked::default();
        for target in self.targets(&query)? {
            match target {
                Target::Object(kind, name) => self.named(kind, &name, pick, &mut picked),
                Target::Collection(kind) => {
                    let all = parsed.on("all-namespaces") || !kind.namespaced();
                    let namespace = if all {
                        String::new()
                    } else {
                        self.namespace.clone()
                    };
                    self.collection(kind, &namespace, &query, &mut picked);
                }
            }
        }
        Ok(picked)
    }

    fn in_files(&mut self, named: Named<'_>, pick: Pick) -> Picked {
        let enforced = self.enforced();
        let checks = Checks { schema: false };
        let (found, failures) = infos(self, named, enforced.as_deref(), checks);
        let mut picked = Picked {
            infos: Vec::new(),
            failures,
        };
        for mut info in found {
            if pick.fetch {
                match self.get(info.kind, &info.namespace, &info.name) {
                    Ok(object) => info.object = object,
                    Err(error) => {
                        picked.failures.push(error.into());
                        continue;
                    }
                }
            }
            picked.infos.push(info);
        }
        picked
    }

    fn named(&mut self, kind: Kind, name: &str, pick: Pick, picked: &mut Picked) {
        let namespace = if kind.namespaced() {
            self.namespace.clone()
        } else {
            String::new()
        };
        let object = if pick.fetch {
            match self.get(kind, &namespace, name) {
                Ok(object) => object,
                Err(error) => return picked.failures.push(error.into()),
            }
        } else {
            Value::Null
        };
        picked.infos.push(Info {
            kind,
            namespace,
            name: name.to_owned(),
            source: String::new(),
            object,
        });
    }

    fn collection(&mut self, kind: Kind, namespace: &str, query: &Query<'_>, picked: &mut Picked) {
        match self.list(kind, namespace, query.labels, query.fields) {
            Ok(listed) => picked.infos.extend(listed.items.iter().map(|item| Info {
                kind,
                namespace: item.namespace().to_owned(),
                name: item.name().to_owned(),
                source: String::new(),
                object: item.to_value(),
            })),
            Err(error) => picked.failures.push(error.into()),
        }
    }
}

impl Picked {
    /// The objects, if all of them were found.
    ///
    /// # Errors
    ///
    /// What was not found.
    pub(crate) fn all(self) -> Result<Vec<Info>, Failure> {
        match Failure::all(self.failures) {
            Some(failure) => Err(failure),
            None => Ok(self.infos),
        }
    }
}
