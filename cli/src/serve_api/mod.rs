//! `timonier serve-api`: a cluster's REST function over HTTP on a loopback port, so that unmodified clients (kubectl,
//! client libraries) can speak to it. Virtual time follows the wall clock.

mod clock;
mod openapi;
mod request;
mod response;
mod watch;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use timonier_core::cluster::{Cluster, Topology};

const USAGE: &str = "\
usage: timonier serve-api [--port N] [--seed N] [--speed N] [--bare] [--kubeconfig FILE]

Serves a cluster's API over HTTP on 127.0.0.1, for kubectl and other clients. Everybody who reaches the port is the
administrator.

  --port N             the port (8001; 0 takes a free one)
  --seed N             the cluster's seed (0)
  --speed N            seconds of the cluster's time in one second (1)
  --bare               a cluster without system pods, whose registry has every image
  --kubeconfig FILE    write a kubeconfig that points at it
";

/// How a cluster is served.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The cluster's seed.
    pub seed: u64,
    /// Seconds of the cluster's time in one second.
    pub speed: u32,
    /// Without system pods, every image accepted.
    pub bare: bool,
    /// Where to write a kubeconfig.
    pub kubeconfig: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 8001,
            seed: 0,
            speed: 1,
            bare: false,
            kubeconfig: None,
        }
    }
}

/// The cluster and who waits for it to change.
struct Lab {
    cluster: Mutex<Cluster>,
    changed: Condvar,
}

impl Lab {
    /// The cluster. Requests are answered in full or not at all: a poisoned lock is as good as another.
    fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server that runs until it is dropped.
pub struct Server {
    http: Arc<tiny_http::Server>,
    address: SocketAddr,
}

impl Server {
    /// Starts a cluster and serves it.
    ///
    /// # Errors
    ///
    /// When the port is taken.
    pub fn start(options: &Options) -> Result<Self, String> {
        let place = ("127.0.0.1", options.port);
        let http =
            tiny_http::Server::http(place).map_err(|error| format!("port {}: {error}", options.port))?;
        let http = Arc::new(http);
        let address = http
            .server_addr()
            .to_ip()
            .ok_or("the server has no address of the internet")?;
        let topology = if options.bare {
            Topology::bare()
        } else {
            Topology::default()
        };
        let lab = Arc::new(Lab {
            cluster: Mutex::new(Cluster::new(options.seed, &topology)),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&http);
        clock::start(&lab, &http, options.speed);
        std::thread::spawn(move || {
            while let Ok(request) = accepting.recv() {
                let lab = Arc::clone(&lab);
                // A watch holds its thread for minutes.
                std::thread::spawn(move || answer(&lab, request));
            }
        });
        Ok(Self { http, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A kubeconfig that points at it.
    #[must_use]
    pub fn kubeconfig(&self) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: timonier\nclusters:\n- name: timonier\n  cluster:\n    server: \
             http://{}\ncontexts:\n- name: timonier\n  context:\n    cluster: timonier\n    user: timonier\nusers:\n- name: \
             timonier\n  user: {{}}\n",
            self.address
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.http.unblock();
    }
}

fn answer(lab: &Lab, mut http: tiny_http::Request) {
    let read = match request::read(&mut http) {
        Ok(read) => read,
        Err(error) => return response::send(http, &Err(error).into()),
    };
    if let Some(document) = response::document(&http, &read.request.path) {
        return response::send_text(http, document);
    }
    let document = openapi::document(&lab.cluster(), &read.request.path);
    if let Some(document) = document {
        return response::send_text(http, response::json(&document));
    }
    if read.watch {
        watch::serve(lab, http, &read);
        return;
    }
    let answer = lab.cluster().request(&read.request);
    lab.changed.notify_all();
    response::send(http, &answer);
}

/// The command.
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let outcome = options(args).and_then(|options| {
        let server = Server::start(&options)?;
        if let Some(file) = &options.kubeconfig {
            std::fs::write(file, server.kubeconfig()).map_err(|error| format!("{file}: {error}"))?;
            println!("try: kubectl --kubeconfig {file} get nodes");
        } else {
            println!("try: kubectl --server http://{} get nodes", server.address());
        }
        println!("serving the API on http://{}, Ctrl-C stops it", server.address());
        Ok(server)
    });
    match outcome {
        Ok(_server) => loop {
            std::thread::park();
        },
        Err(message) => {
            eprint!("{message}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn options(args: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().cloned().ok_or(format!("{arg} needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{arg}: {text:?} is no number"));
        match arg.as_str() {
            "--port" => {
                let port: u64 = number(value()?)?;
                options.port = u16::try_from(port).map_err(|_| format!("{port} is no port"))?;
            }
            "--seed" => options.seed = number(value()?)?,
            "--speed" => {
                let speed: u64 = number(value()?)?;
                options.speed = u32::try_from(speed).map_err(|_| format!("{speed} is too fast"))?;
            }
            "--bare" => options.bare = true,
            "--kubeconfig" => options.kubeconfig = Some(value()?),
            other => return Err(format!("unknown argument {other:?}")),
        }
    }
    Ok(options)
}
