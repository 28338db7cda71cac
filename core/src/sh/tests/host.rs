//! A small host: files in memory and a handful of commands.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sh::{
    FileError, Files, Host, Io, Launch, Launched, Poll, Process, Read, ShellHost, Signalled, Stat, Until,
};
use crate::sim::Time;
use crate::sorted::SortedMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TestHost {
    files: SortedMap<String, Option<Vec<u8>>>,
}

impl TestHost {
    pub(super) fn new() -> Self {
        let mut files = SortedMap::new();
        for directory in ["/", "/home", "/home/lab", "/tmp"] {
            files.insert(directory.to_owned(), None);
        }
        Self { files }
    }
}

impl Files for TestHost {
    fn stat(&self, path: &str) -> Option<Stat> {
        let entry = self.files.get(path)?;
        let size = entry.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Some(Stat {
            directory: entry.is_none(),
            size,
            executable: path.ends_with(".sh"),
            modified_micros: 0,
        })
    }

    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let bytes = self
            .files
            .get(path)
            .ok_or(FileError::NotFound)?
            .as_ref()
            .ok_or(FileError::IsDirectory)?;
        let start = usize::try_from(offset).unwrap().min(bytes.len());
        Ok(bytes[start..start.saturating_add(length).min(bytes.len())].to_vec())
    }

    fn write(&mut self, path: &str, offset: Option<u64>, new: &[u8]) -> Result<(), FileError> {
        let bytes = self
            .files
            .get_mut(path)
            .ok_or(FileError::NotFound)?
            .as_mut()
            .ok_or(FileError::IsDirectory)?;
        let start = offset.map_or(bytes.len(), |offset| usize::try_from(offset).unwrap());
        if bytes.len() < start + new.len() {
            bytes.resize(start + new.len(), 0);
        }
        bytes[start..start + new.len()].copy_from_slice(new);
        Ok(())
    }

    fn create(&mut self, path: &str, truncate: bool) -> Result<(), FileError> {
        let parent = path
            .rsplit_once('/')
            .map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
        if !path.starts_with("/dev/") && !matches!(self.files.get(parent), Some(None)) {
            return Err(FileError::NotFound);
        }
        match self.files.get_mut(path) {
            Some(None) => return Err(FileError::IsDirectory),
            Some(Some(bytes)) if truncate => bytes.clear(),
            Some(Some(_)) => {}
            None => {
                self.files.insert(path.to_owned(), Some(Vec::new()));
            }
        }
        Ok(())
    }

    fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        let prefix = if path == "/" {
            "/".to_owned()
        } else {
            format!("{path}/")
        };
        let names = self.files.keys().filter_map(|file| file.strip_prefix(&prefix));
        Ok(names
            .filter(|name| !name.is_empty() && !name.contains('/'))
            .map(str::to_owned)
            .collect())
    }
}

impl ShellHost for TestHost {
    fn locate(&self, name: &str) -> Option<String> {
        ["cat", "sleep", "seq", "head", "yes", "wc", "tick"]
            .contains(&name)
            .then(|| format!("/usr/bin/{name}"))
    }

    fn files(&self) -> &dyn Files {
        self
    }

    fn files_mut(&mut self) -> &mut dyn Files {
        self
    }
}

impl Host<TestProcess> for TestHost {
    fn launch(&mut self, launch: &Launch<'_>) -> Launched<TestProcess> {
        let argument = launch.argv.last().cloned().unwrap_or_default();
        let number = argument.parse::<f64>().unwrap_or(0.0);
        let process = match launch.argv[0].as_str() {
            "cat" if launch.argv.len() > 1 => TestProcess::File(crate::sh::resolve(launch.cwd, &argument)),
            "cat" => TestProcess::Cat,
            "sleep" => TestProcess::Sleep {
                until: launch.now + Duration::from_secs_f64(number),
            },
            "seq" => TestProcess::Seq {
                next: 1,
                last: number as u64,
            },
            "head" => TestProcess::Head { left: number as u64 },
            "yes" => TestProcess::Yes,
            "tick" => TestProcess::Tick {
                left: number as u64,
                at: launch.now,
            },
            "wc" => TestProcess::Wc { lines: 0 },
            "env" => TestProcess::Text(
                launch
                    .env
                    .iter()
                    .map(|(name, value)| format!("{name}={value}\n"))
                    .collect(),
            ),
            "sh" | "bash" => {
                let text = launch.argv.get(2).cloned().unwrap_or_default();
                let name = launch
                    .argv
                    .get(3)
                    .cloned()
                    .unwrap_or_else(|| launch.argv[0].clone());
                return Launched::Script {
                    text,
                    name,
                    args: launch.argv.iter().skip(4).cloned().collect(),
                };
            }
            _ => return Launched::NotFound,
        };
        Launched::Process(process, Duration::from_millis(1))
    }

    fn which(&self, name: &str) -> Option<String> {
        self.locate(name)
    }

    fn as_shell_host(&mut self) -> &mut dyn ShellHost {
        self
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum TestProcess {
    Cat,
    File(String),
    Sleep {
        until: Time,
    },
    Seq {
        next: u64,
        last: u64,
    },
    Head {
        left: u64,
    },
    Yes,
    /// A number each second.
    Tick {
        left: u64,
        at: Time,
    },
    Wc {
        lines: usize,
    },
    Text(String),
}

impl Signalled for TestProcess {
    fn signal(&mut self, _: i32) -> bool {
        false
    }

    fn command_line(&self) -> String {
        String::new()
    }
}

impl Process<TestHost> for TestProcess {
    fn step(&mut self, io: &mut Io<'_>, host: &mut TestHost) -> Poll {
        match self {
            Self::Cat => match io.read(host, 4_096) {
                Read::Data(bytes) => {
                    io.print(bytes);
                    Poll::Yield
                }
                Read::Pending => Poll::Blocked(Until::input()),
                Read::End | Read::Failed(_) => Poll::Exited(0),
            },
            Self::File(path) => match host.read(path, 0, usize::MAX) {
                Ok(bytes) => {
                    io.print(bytes);
                    Poll::Exited(0)
                }
                Err(error) => {
                    io.error(format!(
                        "cat: {}: {}\n",
                        path.rsplit('/').next().unwrap_or(""),
                        error.text()
                    ));
                    Poll::Exited(1)
                }
            },
            Self::Sleep { until } if io.now >= *until => Poll::Exited(0),
            Self::Sleep { until } => Poll::Blocked(Until::time(*until)),
            Self::Seq { next, last } => {
                if next > last {
                    return Poll::Exited(0);
                }
                io.print(format!("{next}\n"));
                *next += 1;
                Poll::Yield
            }
            Self::Head { left: 0 } => Poll::Exited(0),
            Self::Head { left } => match io.read(host, 1) {
                Read::Data(bytes) => {
                    if bytes == b"\n" {
                        *left -= 1;
                    }
                    io.print(bytes);
                    Poll::Yield
                }
                Read::Pending => Poll::Blocked(Until::input()),
                Read::End | Read::Failed(_) => Poll::Exited(0),
            },
            Self::Yes => {
                io.print("y\n".repeat(1_000));
                Poll::Yield
            }
            Self::Tick { left: 0, .. } => Poll::Exited(0),
            Self::Tick { left, at } => {
                if io.now < *at {
                    return Poll::Blocked(Until::time(*at));
                }
                io.print(format!("{left}\n"));
                *left -= 1;
                *at += Duration::from_secs(1);
                Poll::Blocked(Until::time(*at))
            }
            Self::Wc { lines } => match io.read(host, 4_096) {
                Read::Data(bytes) => {
                    *lines += bytes.iter().filter(|byte| **byte == b'\n').count();
                    Poll::Yield
                }
                Read::Pending => Poll::Blocked(Until::input()),
                Read::End | Read::Failed(_) => {
                    io.print(format!("{lines}\n"));
                    Poll::Exited(0)
                }
            },
            Self::Text(text) => {
                io.print(&*text);
                Poll::Exited(0)
            }
        }
    }
}
