//! Networks of addresses, as in `10.0.0.0/8` or `::1`.

use std::net::IpAddr;
use std::str::FromStr;

/// An address, or all that share its first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// A text that names no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// It is not an address, alone or with `/` and a number of bits.
    #[error("expected an address such as 127.0.0.1, or a network such as 10.0.0.0/8")]
    Form,
    /// More bits than such an address has.
    #[error("such an address has at most {bits_max} bits")]
    Bits {
        /// 32 or 128.
        bits_max: u8,
    },
    /// The address has bits set behind those that all of the network share.
    #[error("the address has bits set behind the network's own")]
    Rest,
}

impl Network {
    /// Whether it holds this address. An IPv4 address written as IPv6 is the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                above(u128::from(first.to_bits() ^ address.to_bits()), 32 - self.bits) == 0
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => above(first.to_bits() ^ address.to_bits(), 128 - self.bits) == 0,
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().map_err(|_| NetworkError::Form)?)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| NetworkError::Form)?;
        let (bits_max, value) = match first {
            IpAddr::V4(first) => (32_u8, u128::from(first.to_bits())),
            IpAddr::V6(first) => (128, first.to_bits()),
        };
        let bits = bits.unwrap_or(bits_max);
        if bits > bits_max {
            return Err(NetworkError::Bits { bits_max });
        }
        let rest = bits_max - bits;
        let shared = above(value, rest).checked_shl(u32::from(rest)).unwrap_or(0);
        if shared != value {
            return Err(NetworkError::Rest);
        }
        Ok(Self { first, bits })
    }
}

/// What stands above the lowest `rest` bits.
fn above(value: u128, rest: u8) -> u128 {
    value.checked_shr(u32::from(rest)).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_shares_its_first_bits() {
        for (network, address, held) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::1", "::1", true),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.contains(address.parse().unwrap()), held, "{address} in {network}");
        }
    }

    #[test]
    fn refuses_what_is_no_network() {
        for (text, error) in [
            ("", NetworkError::Form),
            ("proxy.example", NetworkError::Form),
            ("10.0.0.0/x", NetworkError::Form),
            ("10.0.0.0/33", NetworkError::Bits { bits_max: 32 }),
            ("::/129", NetworkError::Bits { bits_max: 128 }),
            ("10.0.0.1/8", NetworkError::Rest),
        ] {
            assert_eq!(text.parse::<Network>(), Err(error), "{text}");
        }
    }
}
