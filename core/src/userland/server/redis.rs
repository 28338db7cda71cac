//! redis: keys and values in memory, lists, sets and hashes, expiry, and what is written to the disk when.
//! Commands and error texts are those of redis 7.

use crate::sorted::{SortedMap, SortedSet};
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ServerSpec;
use crate::sh::Files;
use crate::sh::pattern::Pattern;
use crate::sim::Time;
use crate::userland::System;
use crate::userland::traffic::RedisReply as Reply;

/// What a key takes besides its text and its value, in bytes.
const OVERHEAD: usize = 64;
/// What a dump begins with.
const MAGIC: &str = "REDIS0011";
const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";
const NO_INTEGER: &str = "ERR value is not an integer or out of range";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Value {
    Text(String),
    List(Vec<String>),
    Set(SortedSet<String>),
    Hash(BTreeMap<String, String>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    value: Value,
    expires: Option<Time>,
}

/// The keys of a redis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Redis {
    keys: SortedMap<String, Entry>,
    bytes: u64,
}

fn ok() -> Reply {
    Reply::Status("OK".to_owned())
}

fn error(text: &str) -> Reply {
    Reply::Error(text.to_owned())
}

fn bulk(text: &str) -> Reply {
    Reply::Bulk(Some(text.to_owned()))
}

fn bulks<'a>(texts: impl Iterator<Item = &'a String>) -> Reply {
    Reply::Array(texts.map(|text| bulk(text)).collect())
}

fn count(number: usize) -> Reply {
    Reply::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn paths(spec: &ServerSpec) -> [String; 2] {
    [
        format!("{}/appendonlydir/appendonly.aof", spec.data_dir),
        format!("{}/dump.rdb", spec.data_dir),
    ]
}

impl Redis {
    /// Reads what was written when it last stopped.
    pub(super) fn load(spec: &ServerSpec, files: &dyn Files) -> Self {
        let texts = paths(spec)
            .into_iter()
            .filter_map(|path| files.read(&path, 0, usize::MAX).ok());
        let mut found = texts.filter_map(|bytes| {
            let text = String::from_utf8(bytes).ok()?;
            serde_json::from_str::<Self>(text.strip_prefix(MAGIC)?).ok()
        });
        found.next().unwrap_or_default()
    }

    /// Writes everything to its folder.
    pub(super) fn save(&self, spec: &ServerSpec, system: &mut dyn System) {
        let [aof, rdb] = paths(spec);
        let path = if spec.durable == "yes" { aof } else { rdb };
        if let Some((folder, _)) = path.rsplit_once('/') {
            let _exists = system.make_directory(folder);
        }
        let text = format!("{MAGIC}{}", serde_json::to_string(self).unwrap_or_default());
        // A disk that is full or read-only keeps nothing.
        if system.files_mut().create(&path, true).is_ok() {
            let _no_room = system.files_mut().write(&path, Some(0), text.as_bytes());
        }
    }

    /// What its keys take of memory, in bytes.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Answers a command; whether it changed anything. `AUTH password` may stand before it.
    pub(super) fn answer(&mut self, words: &[String], spec: &ServerSpec, now: Time) -> (Reply, bool) {
        let (given, words) = match words {
            [auth, password, rest @ ..] if auth.eq_ignore_ascii_case("auth") => (Some(password), rest),
            words => (None, words),
        };
        match given {
            Some(_) if spec.password.is_empty() => {
                let words = "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";
                return (error(words), false);
            }
            Some(password) if *password != spec.password => {
                return (
                    error("WRONGPASS invalid username-password pair or user is disabled."),
                    false,
                );
            }
            Some(_) if words.is_empty() => return (ok(), false),
            None if !spec.password.is_empty() => return (error("NOAUTH Authentication required."), false),
            _ => {}
        }
        self.keys
            .retain(|_, entry| entry.expires.is_none_or(|at| at > now));
        let before = self.keys.len();
        let Some((name, args)) = words.split_first() else {
            return (error("ERR unknown command ''"), false);
        };
        let upper = name.to_ascii_uppercase();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let reply = self
            .simple(&upper, &args, now)
            .or_else(|| self.texts(&upper, &args, now))
            .or_else(|| self.lists(&upper, &args))
            .or_else(|| self.sets_and_hashes(&upper, &args));
        let writes = !matches!(
            upper.as_str(),
            "GET"
                | "MGET"
                | "PING"
                | "ECHO"
                | "EXISTS"
                | "KEYS"
                | "TTL"
                | "TYPE"
                | "LRANGE"
                | "LLEN"
                | "DBSIZE"
                | "INFO"
        );
        let changed = writes && !matches!(reply, None | Some(Reply::Error(_))) || before != self.keys.len();
        if changed {
            self.measure();
        }
        let reply = reply.unwrap_or_else(|| {
            if KNOWN.contains(&upper.as_str()) {
                Reply::Error(format!(
                    "ERR wrong number of arguments for '{}' command",
                    name.to_ascii_lowercase()
                ))
            } else {
                let shown: String = args.iter().map(|arg| format!("'{arg}' ")).collect();
                Reply::Error(format!(
                    "ERR unknown command '{name}', with args beginning with: {shown}"
                ))
            }
        });
        (reply, changed)
    }

    fn measure(&mut self) {
        let size = |value: &Value| match value {
            Value::Text(text) => text.len(),
            Value::List(items) => items.iter().map(|item| item.len() + 8).sum(),
            Value::Set(items) => items.iter().map(|item| item.len() + 16).sum(),
            Value::Hash(pairs) => pairs
                .iter()
                .map(|(name, value)| name.len() + value.len() + 24)
                .sum(),
        };
        let sizes = self
            .keys
            .iter()
            .map(|(key, entry)| key.len() + OVERHEAD + size(&entry.value));
        self.bytes = sizes.sum::<usize>() as u64;
    }

    fn set(&mut self, key: &str, value: Value, expires: Option<Time>) {
        self.keys.insert(key.to_owned(), Entry { value, expires });
    }

    fn text(&self, key: &str) -> Result<Option<&str>, Reply> {
        match self.keys.get(key).map(|entry| &entry.value) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(error(WRONG_TYPE)),
        }
    }

    fn simple(&mut self, name: &str, args: &[&str], now: Time) -> Option<Reply> {
        Some(match (name, args) {
            ("PING", []) => Reply::Status("PONG".to_owned()),
            ("PING" | "ECHO", [text]) => bulk(text),
            ("SELECT", [_]) | ("SAVE", []) | ("CONFIG", ["SET" | "set", ..]) => ok(),
            ("BGSAVE", _) => Reply::Status("Background saving started".to_owned()),
            ("DBSIZE", []) => count(self.keys.len()),
            ("FLUSHALL" | "FLUSHDB", _) => {
                self.keys.clear();
                ok()
            }
            ("DEL" | "UNLINK", [_, ..]) => count(
                args.iter()
                    .filter(|key| self.keys.remove(**key).is_some())
                    .count(),
            ),
            ("EXISTS", [_, ..]) => count(args.iter().filter(|key| self.keys.contains_key(**key)).count()),
            ("KEYS", [pattern]) => {
                let pattern = Pattern::new(pattern);
                bulks(self.keys.keys().filter(|key| pattern.matches(key)))
            }
            ("TYPE", [key]) => Reply::Status(
                match self.keys.get(*key).map(|entry| &entry.value) {
                    None => "none",
                    Some(Value::Text(_)) => "string",
                    Some(Value::List(_)) => "list",
                    Some(Value::Set(_)) => "set",
                    Some(Value::Hash(_)) => "hash",
                }
                .to_owned(),
            ),
            ("EXPIRE", [key, secs]) => match secs.parse::<u64>() {
                Ok(secs) => match self.keys.get_mut(*key) {
                    Some(entry) => {
                        entry.expires = Some(now + Duration::from_secs(secs));
                        Reply::Integer(1)
                    }
                    None => Reply::Integer(0),
                },
                Err(_) => error(NO_INTEGER),
            },
            ("PERSIST", [key]) => {
                let had = self.keys.get_mut(*key).and_then(|entry| entry.expires.take());
                Reply::Integer(i64::from(had.is_some()))
            }
            ("TTL", [key]) => Reply::Integer(match self.keys.get(*key) {
                None => -2,
                Some(Entry { expires: None, .. }) => -1,
                Some(Entry {
                    expires: Some(at), ..
                }) => i64::try_from(at.since(now).as_millis().div_ceil(1_000)).unwrap_or(i64::MAX),
            }),
            ("INFO", _) => bulk(&format!(
                "# Server\r\nredis_mode:standalone\r\n# Memory\r\nused_memory:{}\r\n# Replication\r\nrole:master\r\nconnected_slaves:0\r\n# Keyspace\r\ndb0:keys={},expires=0\r\n",
                self.bytes,
                self.keys.len()
            )),
            _ => return None,
        })
    }

    fn texts(&mut self, name: &str, args: &[&str], now: Time) -> Option<Reply> {
        Some(match (name, args) {
            ("GET", [key]) => match self.text(key) {
                Ok(text) => Reply::Bulk(text.map(str::to_owned)),
                Err(reply) => reply,
            },
            ("MGET", [_, ..]) => {
                let texts = args
                    .iter()
                    .map(|key| Reply::Bulk(self.text(key).ok().flatten().map(str::to_owned)));
                Reply::Array(texts.collect())
            }
            ("SET", [key, text, options @ ..]) => return Some(self.set_with(key, text, options, now)),
            ("SETEX", [key, secs, text]) => return Some(self.set_with(key, text, &["EX", secs], now)),
            ("SETNX", [key, text]) => {
                let new = !self.keys.contains_key(*key);
                if new {
                    self.set(key, Value::Text((*text).to_owned()), None);
                }
                Reply::Integer(i64::from(new))
            }
            ("MSET", pairs) if !pairs.is_empty() && pairs.len() % 2 == 0 => {
                for pair in pairs.chunks(2) {
                    if let [key, text] = pair {
                        self.set(key, Value::Text((*text).to_owned()), None);
                    }
                }
                ok()
            }
            ("STRLEN", [key]) => match self.text(key) {
                Ok(text) => count(text.map_or(0, str::len)),
                Err(reply) => reply,
            },
            ("APPEND", [key, more]) => match self.text(key) {
                Ok(text) => {
                    let text = format!("{}{more}", text.unwrap_or_default());
                    let length = text.len();
                    self.set(key, Value::Text(text), None);
                    count(length)
                }
                Err(reply) => reply,
            },
            ("INCR", [key]) => self.add(key, Some(1)),
            ("DECR", [key]) => self.add(key, Some(-1)),
            ("INCRBY", [key, by]) => self.add(key, by.parse().ok()),
            ("DECRBY", [key, by]) => self.add(key, by.parse::<i64>().ok().and_then(i64::checked_neg)),
            _ => return None,
        })
    }

    fn add(&mut self, key: &str, by: Option<i64>) -> Reply {
        let number = match self.text(key) {
            Ok(text) => text.unwrap_or("0").parse::<i64>().ok(),
            Err(reply) => return reply,
        };
        let Some(sum) = number.zip(by).and_then(|(number, by)| number.checked_add(by)) else {
            return error(NO_INTEGER);
        };
        let expires = self.keys.get(key).and_then(|entry| entry.expires);
        self.set(key, Value::Text(sum.to_string()), expires);
        Reply::Integer(sum)
    }

    fn set_with(&mut self, key: &str, text: &str, options: &[&str], now: Time) -> Reply {
        let mut expires = None;
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let there = self.keys.contains_key(key);
            match option.to_ascii_uppercase().as_str() {
                "NX" if there => return Reply::Bulk(None),
                "XX" if !there => return Reply::Bulk(None),
                "NX" | "XX" => {}
                "KEEPTTL" => expires = self.keys.get(key).and_then(|entry| entry.expires),
                unit @ ("EX" | "PX") => match options.next().and_then(|number| number.parse::<u64>().ok()) {
                    Some(0) => return error("ERR invalid expire time in 'set' command"),
                    Some(number) if unit == "EX" => expires = Some(now + Duration::from_secs(number)),
                    Some(number) => expires = Some(now + Duration::from_millis(number)),
                    None => return error(NO_INTEGER),
                },
                _ => return error("ERR syntax error"),
            }
        }
        self.set(key, Value::Text(text.to_owned()), expires);
        ok()
    }

    fn list(&mut self, key: &str) -> Result<&mut Vec<String>, Reply> {
        let entry = self.keys.entry(key.to_owned()).or_insert(Entry {
            value: Value::List(Vec::new()),
            expires: None,
        });
        match &mut entry.value {
            Value::List(items) => Ok(items),
            _ => Err(error(WRONG_TYPE)),
        }
    }

    fn lists(&mut self, name: &str, args: &[&str]) -> Option<Reply> {
        let reply = match (name, args) {
            ("LPUSH" | "RPUSH", [key, items @ ..]) if !items.is_empty() => self.list(key).map(|list| {
                for item in items {
                    let at = if name == "LPUSH" { 0 } else { list.len() };
                    list.insert(at, (*item).to_owned());
                }
                count(list.len())
            }),
            ("LPOP" | "RPOP", [key]) => self.list(key).map(|list| {
                let item = if name == "RPOP" {
                    list.pop()
                } else {
                    (!list.is_empty()).then(|| list.remove(0))
                };
                Reply::Bulk(item)
            }),
            // Nobody is kept waiting: an empty list answers at once.
            ("BLPOP" | "BRPOP", [key, _]) => self.list(key).map(|list| {
                let item = if name == "BRPOP" {
                    list.pop()
                } else {
                    (!list.is_empty()).then(|| list.remove(0))
                };
                item.map_or(Reply::Bulk(None), |item| {
                    Reply::Array(vec![bulk(key), bulk(&item)])
                })
            }),
            ("LLEN", [key]) => self.list(key).map(|list| count(list.len())),
            ("LRANGE", [key, from, to]) => match (from.parse::<i64>(), to.parse::<i64>()) {
                (Ok(from), Ok(to)) => self.list(key).map(|list| {
                    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
                    let place = |at: i64| if at < 0 { (length + at).max(0) } else { at };
                    let from = usize::try_from(place(from)).unwrap_or(0);
                    let until = usize::try_from((if to < 0 { length + to } else { to }) + 1).unwrap_or(0);
                    bulks(list.iter().take(until).skip(from))
                }),
                _ => Err(error(NO_INTEGER)),
            },
            _ => return None,
        };
        if let Some(key) = args.first() {
            let empty = |entry: &Entry| matches!(&entry.value, Value::List(items) if items.is_empty());
            if self.keys.get(*key).is_some_and(empty) {
                self.keys.remove(*key);
            }
        }
        Some(reply.unwrap_or_else(|reply| reply))
    }

    fn sets_and_hashes(&mut self, name: &str, args: &[&str]) -> Option<Reply> {
        let (key, rest) = args.split_first()?;
        let hash = name.starts_with('H');
        let usable = matches!(
            (name, rest.len()),
            ("SADD" | "SREM" | "HDEL", 1..)
                | ("SMEMBERS" | "SCARD" | "HGETALL" | "HLEN" | "HKEYS", 0)
                | ("SISMEMBER" | "HGET", 1)
        ) || name == "HSET" && rest.len() >= 2 && rest.len() % 2 == 0;
        if !usable {
            return None;
        }
        let entry = self.keys.entry((*key).to_owned()).or_insert(Entry {
            value: if hash {
                Value::Hash(BTreeMap::new())
            } else {
                Value::Set(SortedSet::new())
            },
            expires: None,
        });
        let (reply, empty) = match &mut entry.value {
            Value::Set(items) if !hash => {
                let reply = match name {
                    "SADD" => count(
                        rest.iter()
                            .filter(|item| items.insert((**item).to_owned()))
                            .count(),
                    ),
                    "SREM" => count(rest.iter().filter(|item| items.remove(**item)).count()),
                    "SMEMBERS" => bulks(items.iter()),
                    "SCARD" => count(items.len()),
                    _ => Reply::Integer(i64::from(rest.first().is_some_and(|item| items.contains(*item)))),
                };
                (reply, items.is_empty())
            }
            Value::Hash(pairs) if hash => {
                let reply = match name {
                    "HSET" => {
                        let new = rest.chunks(2).filter(|pair| match pair {
                            [field, value] => {
                                pairs.insert((*field).to_owned(), (*value).to_owned()).is_none()
                            }
                            _ => false,
                        });
                        count(new.count())
                    }
                    "HDEL" => count(
                        rest.iter()
                            .filter(|field| pairs.remove(**field).is_some())
                            .count(),
                    ),
                    "HGET" => Reply::Bulk(rest.first().and_then(|field| pairs.get(*field)).cloned()),
                    "HGETALL" => bulks(pairs.iter().flat_map(|(field, value)| [field, value])),
                    "HKEYS" => bulks(pairs.keys()),
                    _ => count(pairs.len()),
                };
                (reply, pairs.is_empty())
            }
            _ => (error(WRONG_TYPE), false),
        };
        if empty {
            self.keys.remove(*key);
        }
        Some(reply)
    }
}

const KNOWN: &[&str] = &[
    "APPEND",
    "BGSAVE",
    "BLPOP",
    "BRPOP",
    "CONFIG",
    "DBSIZE",
    "DECR",
    "DECRBY",
    "DEL",
    "ECHO",
    "EXISTS",
    "EXPIRE",
    "FLUSHALL",
    "FLUSHDB",
    "GET",
    "HDEL",
    "HGET",
    "HGETALL",
    "HKEYS",
    "HLEN",
    "HSET",
    "INCR",
    "INCRBY",
    "INFO",
    "KEYS",
    "LLEN",
    "LPOP",
    "LPUSH",
    "LRANGE",
    "MGET",
    "MSET",
    "PERSIST",
    "PING",
    "RPOP",
    "RPUSH",
    "SADD",
    "SAVE",
    "SCARD",
    "SELECT",
    "SET",
    "SETEX",
    "SETNX",
    "SISMEMBER",
    "SMEMBERS",
    "SREM",
    "STRLEN",
    "TTL",
    "TYPE",
    "UNLINK",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line is a command and what redis answers to it (redis.io/docs/latest/commands).
    const SESSION: &[(&str, &str)] = &[
        ("PING", "PONG"),
        ("SET visites 9", "OK"),
        ("INCR visites", "10"),
        ("GET visites", "10"),
        ("GET absent", ""),
        ("SET nom Ada NX", "OK"),
        ("SET nom Bob NX", ""),
        ("INCR nom", "ERR value is not an integer or out of range"),
        ("KEYS v*", "visites"),
        ("RPUSH file a b", "2"),
        ("LPUSH file z", "3"),
        ("LRANGE file 0 -1", "z\na\nb"),
        ("LRANGE file 1 1", "a"),
        ("LPOP file", "z"),
        ("GET file", WRONG_TYPE),
        ("HSET h un 1 deux 2", "2"),
        ("HGETALL h", "deux\n2\nun\n1"),
        ("SADD s x y x", "2"),
        ("DEL visites absent", "1"),
        ("EXPIRE nom 10", "1"),
        ("TTL nom", "10"),
        ("TTL h", "-1"),
        ("GET", "ERR wrong number of arguments for 'get' command"),
        (
            "FOO bar",
            "ERR unknown command 'FOO', with args beginning with: 'bar' ",
        ),
    ];

    #[test]
    fn commands_answer_as_redis_does() {
        let (mut redis, spec) = (Redis::default(), ServerSpec::default());
        for (line, expected) in SESSION {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let (reply, _) = redis.answer(&words, &spec, Time::ZERO);
            assert_eq!(reply.plain(), *expected, "{line}");
        }
        let words = ["GET", "nom"].map(str::to_owned);
        assert_eq!(
            redis.answer(&words, &spec, Time::from_secs(11)).0,
            Reply::Bulk(None)
        );
    }
}
