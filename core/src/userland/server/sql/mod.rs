//! PostgreSQL, as much of it as a lesson needs: tables with their rows, kept in the data folder at each change.
//! Statements are read word by word and done at once; texts are those of PostgreSQL 17 and its psql.

mod expression;
mod lexer;
mod statement;

use crate::sorted::SortedMap;
use serde::{Deserialize, Serialize};

use super::ServerSpec;
use crate::sim::Time;
use crate::userland::System;
use crate::userland::traffic::{SqlReply, SqlRequest};

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Option<String>>>,
    /// The next number of `serial` columns.
    next: i64,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Column {
    name: String,
    /// As `\d` shows it.
    type_: String,
    serial: bool,
    unique: bool,
    not_null: bool,
    default: Option<String>,
}

impl Column {
    fn is_number(&self) -> bool {
        ["int", "bigint", "smallint", "numeric", "real", "double"]
            .iter()
            .any(|kind| self.type_.starts_with(kind))
    }
}

/// The databases of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cluster {
    user: String,
    password: String,
    trust: bool,
    databases: SortedMap<String, SortedMap<String, Table>>,
}

fn path(spec: &ServerSpec) -> String {
    format!("{}/base/cluster", spec.data_dir)
}

impl Cluster {
    /// What is in the data folder; it is set up if there is nothing.
    pub(super) fn open(spec: &ServerSpec, system: &mut dyn System) -> Self {
        let known = system.files().read(&path(spec), 0, usize::MAX).ok();
        if let Some(found) = known.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok()) {
            return found;
        }
        let mut databases = SortedMap::new();
        for name in ["postgres", "template0", "template1", &spec.database] {
            databases.insert(name.to_owned(), SortedMap::new());
        }
        let made = Self {
            user: spec.user.clone(),
            password: spec.password.clone(),
            trust: spec.trust == "trust",
            databases,
        };
        let mut so_far = String::new();
        for part in spec
            .data_dir
            .split('/')
            .filter(|part| !part.is_empty())
            .chain(["base"])
        {
            so_far = format!("{so_far}/{part}");
            let _exists = system.make_directory(&so_far);
        }
        write(system, &format!("{}/PG_VERSION", spec.data_dir), "17\n");
        made.save(spec, system);
        made
    }

    fn save(&self, spec: &ServerSpec, system: &mut dyn System) {
        write(
            system,
            &path(spec),
            &serde_json::to_string(self).unwrap_or_default(),
        );
    }

    /// Answers a statement; `local` says that it comes from the machine itself, which is trusted.
    pub(super) fn answer(
        &mut self,
        request: &SqlRequest,
        spec: &ServerSpec,
        (local, now): (bool, Time),
        system: &mut dyn System,
    ) -> SqlReply {
        let user = &request.user;
        if !local && !self.trust {
            let given = request.password.as_deref().unwrap_or_default();
            if given.is_empty() {
                return SqlReply::Fatal("fe_sendauth: no password supplied".to_owned());
            }
            if given != self.password || *user != self.user {
                return SqlReply::Fatal(format!(
                    "FATAL:  password authentication failed for user \"{user}\""
                ));
            }
        }
        if *user != self.user {
            return SqlReply::Fatal(format!("FATAL:  role \"{user}\" does not exist"));
        }
        if !self.databases.contains_key(&request.database) {
            return SqlReply::Fatal(format!(
                "FATAL:  database \"{}\" does not exist",
                request.database
            ));
        }
        if request.text.trim_start().starts_with('\\') {
            return self.describe(request);
        }
        let result = statement::run(self, request, now);
        match result {
            Ok((reply, changed)) => {
                if changed {
                    self.save(spec, system);
                }
                reply
            }
            Err(text) => SqlReply::Error(text),
        }
    }

    /// What its rows take of memory, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        let tables = self.databases.values().flat_map(SortedMap::values);
        tables.map(|table| table.rows.len() as u64 * 96).sum()
    }

    /// psql's own commands that ask the catalogue.
    fn describe(&self, request: &SqlRequest) -> SqlReply {
        let words: Vec<&str> = request.text.split_whitespace().collect();
        let tables = self.databases.get(&request.database);
        let owner = || Some(self.user.clone());
        let rows = |title: &str, columns: &[&str], rows: Vec<Vec<Option<String>>>| SqlReply::Rows {
            title: Some(title.to_owned()),
            columns: columns.iter().map(|name| ((*name).to_owned(), false)).collect(),
            rows,
        };
        match words.as_slice() {
            ["\\dt" | "\\d" | "\\dt+"] => {
                let found: Vec<_> = tables
                    .into_iter()
                    .flat_map(SortedMap::keys)
                    .map(|name| {
                        vec![
                            Some("public".to_owned()),
                            Some(name.clone()),
                            Some("table".to_owned()),
                            owner(),
                        ]
                    })
                    .collect();
                if found.is_empty() {
                    return SqlReply::Tag("Did not find any relations.".to_owned());
                }
                rows("List of relations", &["Schema", "Name", "Type", "Owner"], found)
            }
            ["\\d" | "\\dt", name] => {
                let name = name.trim_end_matches(';');
                let Some(table) = tables.and_then(|tables| tables.get(name)) else {
                    return SqlReply::Tag(format!("Did not find any relation named \"{name}\"."));
                };
                let found = table.columns.iter().map(|column| {
                    let default = if column.serial {
                        Some(format!("nextval('{name}_{}_seq'::regclass)", column.name))
                    } else {
                        column.default.clone()
                    };
                    let not_null = if column.not_null || column.serial {
                        "not null"
                    } else {
                        ""
                    };
                    vec![
                        Some(column.name.clone()),
                        Some(column.type_.clone()),
                        Some(String::new()),
                        Some(not_null.to_owned()),
                        Some(default.unwrap_or_default()),
                    ]
                });
                let columns = ["Column", "Type", "Collation", "Nullable", "Default"];
                rows(&format!("Table \"public.{name}\""), &columns, found.collect())
            }
            ["\\l" | "\\list"] => {
                let found = self.databases.keys().map(|name| {
                    vec![
                        Some(name.clone()),
                        owner(),
                        Some("UTF8".to_owned()),
                        Some("libc".to_owned()),
                        Some("en_US.utf8".to_owned()),
                    ]
                });
                rows(
                    "List of databases",
                    &["Name", "Owner", "Encoding", "Locale Provider", "Collate"],
                    found.collect(),
                )
            }
            ["\\conninfo"] => SqlReply::Tag(format!(
                "You are connected to database \"{}\" as user \"{}\" via socket in \"/var/run/postgresql\" at port \"5432\".",
                request.database, self.user
            )),
            _ => SqlReply::Error(format!(
                "invalid command {}\nTry \\? for help.",
                words.first().unwrap_or(&"\\")
            )),
        }
    }
}

fn write(system: &mut dyn System, path: &str, text: &str) {
    if system.files_mut().create(path, true).is_ok() {
        // A disk that is full or read-only keeps nothing.
        let _no_room = system.files_mut().write(path, Some(0), text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(reply: &SqlReply) -> String {
        match reply {
            SqlReply::Rows { rows, .. } => {
                let line = |row: &Vec<Option<String>>| {
                    let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or("null")).collect();
                    cells.join("|")
                };
                rows.iter().map(line).collect::<Vec<_>>().join("\n")
            }
            SqlReply::Tag(text) | SqlReply::Error(text) | SqlReply::Fatal(text) => text.clone(),
        }
    }

    #[test]
    fn statements_do_what_postgresql_does() {
        let mut cluster = Cluster {
            user: "postgres".to_owned(),
            databases: SortedMap::from([("postgres".to_owned(), SortedMap::new())]),
            ..Cluster::default()
        };
        for (text, expected) in [
            (
                "CREATE TABLE notes (id serial PRIMARY KEY, texte text NOT NULL, valeur int DEFAULT 7);",
                "CREATE TABLE",
            ),
            (
                "create table notes (a int)",
                "ERROR:  relation \"notes\" already exists",
            ),
            ("CREATE TABLE IF NOT EXISTS notes (a int)", "CREATE TABLE"),
            (
                "INSERT INTO notes (texte) VALUES ('un'), ('l''autre');",
                "INSERT 0 2",
            ),
            (
                "INSERT INTO notes (texte, valeur) VALUES ('trois', 3) RETURNING id",
                "3",
            ),
            ("SELECT * FROM notes", "1|un|7\n2|l'autre|7\n3|trois|3"),
            ("SELECT texte FROM notes WHERE valeur = 7 AND id > 1", "l'autre"),
            ("SELECT count(*) FROM notes WHERE texte LIKE '%o%' OR id = 1", "2"),
            (
                "SELECT texte, valeur FROM notes ORDER BY valeur, id DESC LIMIT 2",
                "trois|3\nl'autre|7",
            ),
            ("SELECT sum(valeur), max(id) FROM notes", "17|3"),
            ("UPDATE notes SET valeur = valeur + 1 WHERE id = 3", "UPDATE 1"),
            ("SELECT valeur FROM notes WHERE id = 3", "4"),
            ("DELETE FROM notes WHERE id IN (1, 2)", "DELETE 2"),
            (
                "INSERT INTO notes (id, texte) VALUES (3, 'encore')",
                "ERROR:  duplicate key value violates unique constraint \"notes_pkey\"\nDETAIL:  Key (id)=(3) already exists.",
            ),
            (
                "INSERT INTO notes (valeur) VALUES (1)",
                "ERROR:  null value in column \"texte\" of relation \"notes\" violates not-null constraint\nDETAIL:  Failing row contains (4, null, 1).",
            ),
            (
                "SELECT * FROM absente",
                "ERROR:  relation \"absente\" does not exist\nLINE 1: SELECT * FROM absente\n                      ^",
            ),
            (
                "SELEC 1",
                "ERROR:  syntax error at or near \"SELEC\"\nLINE 1: SELEC 1\n        ^",
            ),
            (
                "SELECT couleur FROM notes",
                "ERROR:  column \"couleur\" does not exist\nLINE 1: SELECT couleur FROM notes\n               ^",
            ),
            ("SELECT 1 + 2", "3"),
            ("DROP TABLE notes", "DROP TABLE"),
            ("DROP TABLE notes", "ERROR:  table \"notes\" does not exist"),
        ] {
            let request = SqlRequest {
                user: "postgres".to_owned(),
                database: "postgres".to_owned(),
                text: text.to_owned(),
                ..SqlRequest::default()
            };
            let reply = match statement::run(&mut cluster, &request, Time::ZERO) {
                Ok((reply, _)) => show(&reply),
                Err(error) => error,
            };
            assert_eq!(reply, expected, "{text}");
        }
    }
}
