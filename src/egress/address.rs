//! Which IP addresses are public.
//!
//! Owns the tables; knows nothing of URLs, names or sockets. Source of the ranges: the IANA special-purpose address
//! registries for IPv4 and IPv6 (RFC 6890 and its updates), the IPv4 multicast and IPv6 global unicast registries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Ranges of IPv4 that never lead to a public web server.
const FORBIDDEN_V4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),        // this network
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // carrier-grade NAT
    ([127, 0, 0, 0], 8),      // loopback
    ([168, 63, 129, 16], 32), // a cloud host's own control channel on an address that looks public
    ([169, 254, 0, 0], 16),   // link-local, metadata services
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 31, 196, 0], 24),  // AS112
    ([192, 52, 193, 0], 24),  // automatic multicast tunnelling
    ([192, 88, 99, 0], 24),   // 6to4 relays
    ([192, 168, 0, 0], 16),   // private
    ([192, 175, 48, 0], 24),  // AS112
    ([198, 18, 0, 0], 15),    // benchmarking
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, broadcast
];

/// The one part of IPv6 that is handed out for public use. Loopback, v4-mapped, v4-compatible, NAT64, discard-only,
/// ULA, link-local, site-local and multicast all lie outside.
const GLOBAL_V6: (u128, u32) = (0x2000 << 112, 3);

/// What is not public inside of [`GLOBAL_V6`].
const FORBIDDEN_V6: &[(u128, u32)] = &[
    (0x2001 << 112, 23),                                     // protocol assignments: Teredo, ORCHID, benchmarking
    ((0x2001 << 112) | (0x0db8 << 96), 32),                  // documentation
    (0x2002 << 112, 16),                                     // 6to4, carries any IPv4 address
    ((0x2620 << 112) | (0x004f << 96) | (0x8000 << 80), 48), // AS112
    (0x3fff << 112, 20),                                     // documentation
];

/// Whether `address` may be contacted: true for globally routed unicast only.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !FORBIDDEN_V4
        .iter()
        .any(|&(network, length)| bits >> (32 - length) == Ipv4Addr::from(network).to_bits() >> (32 - length))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let within = |&(network, length): &(u128, u32)| bits >> (128 - length) == network >> (128 - length);
    within(&GLOBAL_V6) && !FORBIDDEN_V6.iter().any(within) && isatap(bits).is_none_or(is_public_v4)
}

/// The IPv4 address that an ISATAP interface identifier (RFC 5214) tunnels to.
fn isatap(bits: u128) -> Option<Ipv4Addr> {
    let marker = (bits >> 32) as u32;
    (marker & !0x0300_0000 == 0x0000_5efe).then(|| Ipv4Addr::from_bits(bits as u32))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edges_of_every_range() {
        let cases: &[(&str, bool)] = &[
            ("0.255.255.255", false),
            ("1.0.0.0", true),
            ("9.255.255.255", true),
            ("10.0.0.0", false),
            ("10.255.255.255", false),
            ("11.0.0.0", true),
            ("100.63.255.255", true),
            ("100.64.0.0", false),
            ("100.127.255.255", false),
            ("100.128.0.0", true),
            ("126.255.255.255", true),
            ("127.255.255.254", false),
            ("128.0.0.1", true),
            ("168.63.129.15", true),
            ("168.63.129.16", false),
            ("169.253.255.255", true),
            ("169.254.169.254", false),
            ("169.255.0.0", true),
            ("172.15.255.255", true),
            ("172.16.0.0", false),
            ("172.31.255.255", false),
            ("172.32.0.0", true),
            ("192.0.0.170", false),
            ("192.0.1.1", true),
            ("192.0.2.1", false),
            ("192.88.98.1", true),
            ("192.88.99.1", false),
            ("192.167.255.255", true),
            ("192.168.255.255", false),
            ("192.169.0.0", true),
            ("198.17.255.255", true),
            ("198.18.0.0", false),
            ("198.19.255.255", false),
            ("198.20.0.0", true),
            ("198.51.100.9", false),
            ("203.0.113.9", false),
            ("223.255.255.255", true),
            ("224.0.0.1", false),
            ("239.255.255.255", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::8.8.8.8", false),
            ("::ffff:8.8.8.8", false),
            ("::ffff:0:8.8.8.8", false),
            ("64:ff9b::8.8.8.8", false),
            ("64:ff9b:1::1", false),
            ("100::1", false),
            ("1fff:ffff::1", false),
            ("2001::1", false),
            ("2001:1ff:ffff::1", false),
            ("2001:200::1", true),
            ("2001:db7::1", true),
            ("2001:db8::1", false),
            ("2001:db9::1", true),
            ("2002:808:808::1", false),
            ("2003::1", true),
            ("2606:4700::1111", true),
            ("2620:4f:8000::1", false),
            ("2a00:1450::1", true),
            ("2a00:1450::5efe:10.0.0.1", false),
            ("2a00:1450::200:5efe:127.0.0.1", false),
            ("2a00:1450::200:5efe:9.9.9.9", true),
            ("3ffe::1", true),
            ("3fff::1", false),
            ("3fff:1000::1", true),
            ("4000::1", false),
            ("5f00::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_public(text.parse().unwrap()), *expected, "{text}");
        }
    }

    proptest! {
        /// The standard library's own predicates are a subset of what is refused.
        #[test]
        fn nothing_special_is_public(bits in any::<u32>()) {
            let v4 = Ipv4Addr::from_bits(bits);
            if v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast() || v4.is_broadcast()
                || v4.is_documentation() || v4.is_unspecified() {
                prop_assert!(!is_public(IpAddr::V4(v4)));
            }
            prop_assert!(!is_public(IpAddr::V6(v4.to_ipv6_mapped())));
            prop_assert!(!is_public(IpAddr::V6(v4.to_ipv6_compatible())));
            prop_assert!(!is_public(IpAddr::V6(Ipv6Addr::from_bits((0x2002_u128 << 112) | (u128::from(bits) << 80)))));
            prop_assert!(!is_public(IpAddr::V6(Ipv6Addr::from_bits((0x0064_ff9b_u128 << 96) | u128::from(bits)))));
        }
    }
}
