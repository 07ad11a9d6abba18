//! The command line.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What a peer is started as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    Listener(SocketAddr),
    Dialer,
}

impl Role {
    /// Nothing if the arguments are not those of the usage line.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut arguments = arguments.into_iter();

        match arguments.next()?.as_str() {
            "listen" => {
                let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                while let Some(option) = arguments.next() {
                    let value = arguments.next()?;
                    match option.as_str() {
                        "--host" => address.set_ip(value.parse::<IpAddr>().ok()?),
                        "--port" => address.set_port(value.parse().ok()?),
                        _ => return None,
                    }
                }
                Some(Role::Listener(address))
            }
            "dial" if arguments.next().is_none() => Some(Role::Dialer),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<Role> {
        Role::parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn listens_on_the_loopback_interface_by_default() {
        assert_eq!(
            parse("listen"),
            Some(Role::Listener("127.0.0.1:0".parse().unwrap()))
        );
    }

    #[test]
    fn takes_options_in_any_order() {
        assert_eq!(
            parse("listen --port 4001 --host ::1"),
            Some(Role::Listener("[::1]:4001".parse().unwrap()))
        );
    }

    #[test]
    fn dials() {
        assert_eq!(parse("dial"), Some(Role::Dialer));
    }

    #[test]
    fn refuses_everything_else() {
        for line in [
            "",
            "serve",
            "dial --port 1",
            "listen --port",
            "listen --port 65536",
            "listen --host localhost",
            "listen --keep-alive 1",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
