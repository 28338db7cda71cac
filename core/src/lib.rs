//! Timonier's core: a small but real Kubernetes, simulated in virtual time.
