import Encodings
import Foundation
import Storefronts
import TestSupport
import Testing
import Yams

func shippedTable() throws -> PlatformTable {
  let file = VectorSet.projectRoot.appending(path: "certs/platforms.yaml")
  return try YAMLDecoder().decode(PlatformTable.self, from: String(contentsOf: file, encoding: .utf8))
}

/// The shipped table, and tables that are refused.
@Suite struct PlatformTableTests {
  @Test func shippedTableLoads() throws {
    let table = try shippedTable()
    #expect(table.platforms.map(\.id) == ["alibaba", "made-in-china", "souk", "bazaar"])
    #expect(table.platform(id: "alibaba")?.proof == ["platform-api", "owner-field"])
  }

  @Test func jsonFormHoldsTheSame() throws {
    let table = try shippedTable()
    let json = table.json()
    #expect(try PlatformTable(json: json) == table)
    #expect(try PlatformTable(json: json).json() == json)
  }

  @Test(arguments: [
    ("https://www.bazaar.example/store?Shop=acme", "url_ambiguous"),
    ("https://www.bazaar.example/store?shop%5B%5D=acme", "url_ambiguous"),
    ("https://www.bazaar.example/store?+shop=evil&shop=acme", "url_ambiguous"),
    ("https://www.bazaar.example/store?shop%00=evil&shop=acme", "url_ambiguous"),
    ("https://www.bazaar.example/store?x=1;shop=evil&shop=acme", "url_ambiguous"),
    ("https://www.bazaar.example/store?s%68op=acme&shop=acme", "url_ambiguous"),
    ("https://www.bazaar.example/store?shop", "platform_url_unknown"),
    ("https://www.bazaar.example/store?shop=ac%zzme", "platform_url_unknown"),
    ("https://www.bazaar.example/store?shop=Acme", "platform_url_unknown"),
    ("https://www.bazaar.example/store?&&shop=acme&", "platform/bazaar/acme"),
    ("https://www.bazaar.example/store/?shop=acme", "platform/bazaar/acme"),
    ("https://www.bazaar.example/Store?shop=acme", "platform_url_unknown"),
    ("https://www.bazaar.example/?shop=a1c&shop=b1c", "platform_url_unknown"),
    ("https://www.bazaar.example/store?shops=x&shop=acme", "platform/bazaar/acme"),
    ("https://bazaar.example/", "platform_url_unknown"),
    ("https://x.www.bazaar.example/store?shop=acme", "platform_url_unknown"),
    ("https://acme--x.en.alibaba.com/", "platform_url_unknown"), ("https://ac.en.alibaba.com/", "platform_url_unknown"),
    ("https://xn--mnchen-3ya.en.alibaba.com/", "platform_url_unknown"),
    ("https://a-b-c.en.alibaba.com/", "platform/alibaba/a-b-c"),
    ("https://acme.en.alibaba.com.:443/", "platform/alibaba/acme"),
    ("http://acme.en.alibaba.com:443/", "platform_url_unknown"),
    ("https://acme.x.en.alibaba.com/", "platform_url_unknown"),
    ("https://message.en.alibaba.com/", "platform_url_unknown"),
    ("https://www.made-in-china.com/showroom/www", "platform_url_unknown"),
    ("https://cn.made-in-china.com/co_/", "platform_url_unknown"),
    ("https://cn.made-in-china.com/CO_acme/", "platform_url_unknown"),
    ("https://cn.made-in-china.com/co_ACME/", "platform/made-in-china/acme"),
    ("https://souk.example/s/_a-", "platform/souk/_a-"), ("https://souk.example/s/ab", "platform_url_unknown"),
    ("https://www.souk.example/de/s/acme", "platform_url_unknown"),
    ("https://souk.example/s/..%2e/acme", "platform_url_unknown"),
  ])
  func addresses(address: String, outcome: String) throws {
    #expect(reading(address, try shippedTable()) == outcome)
  }

  /// A table in which one thing is wrong, and what must be said about it.
  @Test(arguments: [
    ("khatm-platforms/1", "khatm-platforms/2", "format"),
    ("version: \"2026-11-20\"", "version: \"2026-02-30\"", "version"),
    ("fold: lower", "fold: upper", "fold"), ("fold: lower", "flod: lower", "unknown member flod"),
    ("zones: [souk.example]", "zones: []", "zones"),
    ("zones: [souk.example]", "zones: [Souk.example]", "no canonical host"),
    ("zones: [souk.example]", "zones: [souk.example, s.souk.example]", "overlap"),
    ("zones: [souk.example]", "zones: [souk.example, souk.example]", "different texts"),
    ("min: 3", "min: 0", "account"), ("min: 3", "min: 03", "no number"), ("min: 3", "min: \"three\"", "no number"),
    ("max: 40", "max: 2", "account"),
    ("letters: \"a-z0-9\"", "letters: \"z-a\"", "account"), ("letters: \"a-z0-9\"", "letters: \"a-z/\"", "account"),
    ("letters: \"a-z0-9\"", "letters: \"A-Z\"", "account"), ("/s/{account}", "/s/fixed", "exactly one place"),
    ("/s/{account}", "/{account}/{account}", "exactly one place"), ("/s/{account}", "s/{account}", "path"),
    ("/s/{account}", "/../{account}", "path"),
    ("/s/{account}", "/{site}/{account}", "go together"),
    ("host: souk.example", "host: souk.other", "none of the zones"),
    ("host: souk.example", "host: \"{account}\"", "none of the zones"),
    ("host: souk.example", "host: \"x{account}.souk.example\"", "host"),
    ("key: platform/souk/acme", "key: platform/souk/acne", "should give"),
    ("refused: platform_url_unknown", "refused: url_ambiguous", "should give"),
    ("refused: platform_url_unknown", "rejected: platform_url_unknown", "unknown member"),
    ("proof: [platform-api]", "proof: [trust-me]", "proof"),
    ("id: souk", "id: So/uk", "id"), ("reserved: [help]", "reserved: [acme]", "should give"),
    ("      - {page: \"https://souk.example/\", refused: platform_url_unknown}\n", "", "selftest"),
  ])
  func brokenTables(from: String, to: String, says: String) throws {
    let good = """
      format: khatm-platforms/1
      version: "2026-11-20"
      platforms:
        - id: souk
          zones: [souk.example]
          account: {letters: "a-z0-9", min: 3, max: 40}
          fold: lower
          reserved: [help]
          shops: [{host: souk.example, path: "/s/{account}"}]
          proof: [platform-api]
          selftest:
            - {page: "https://souk.example/s/acme", key: platform/souk/acme}
            - {page: "https://souk.example/", refused: platform_url_unknown}

      """
    _ = try YAMLDecoder().decode(PlatformTable.self, from: good)
    let bad = good.replacingOccurrences(
      of: from.contains("page:") ? "      - {page: \"https://souk.example/\", refused: platform_url_unknown}\n" : from,
      with: to
    )
    try #require(bad != good)
    do {
      _ = try YAMLDecoder().decode(PlatformTable.self, from: bad)
      Issue.record("loaded")
    } catch {
      #expect("\(error)".contains(says), "\(error)")
    }
  }

  @Test func twoPlatformsMayNotShareAZone() throws {
    let one = try shippedTable().json()
    let text = String(decoding: one, as: UTF8.self).replacingOccurrences(
      of: "\"zones\":[\"souk.example\"]",
      with: "\"zones\":[\"www.bazaar.example\"]"
    )
    #expect(throws: PlatformTableRejection.self) { try PlatformTable(json: Array(text.utf8)) }
    for broken in [
      "", "{}", "[]", "{\"format\":\"khatm-platforms/1\"}",
      "{\"format\":\"khatm-platforms/1\",\"format\":\"khatm-platforms/1\"}",
    ] {
      #expect(throws: PlatformTableRejection.self) { try PlatformTable(json: Array(broken.utf8)) }
    }
  }

  /// All storefronts of the sample members, and their own sites, are read: on a platform as the account in the address.
  @Test func sampleStorefronts() throws {
    guard let folder = VectorSet.folder("../samples") else { return }
    let table = try shippedTable()
    let rules = BindingRules(platforms: table, publicSuffixes: .fallback)
    var counts: [String: Int] = [:]
    var rows = 0
    for line in try Data(contentsOf: folder.appending(path: "members.csv")).split(separator: 0x0A).dropFirst() {
      rows += 1
      for field in line.split(separator: UInt8(ascii: ",")) where field.starts(with: Array("https://".utf8)) {
        let binding = try Binding.forIssue(Array(field), rules: rules)
        #expect(binding.matches(try PageAddress.read(Array(field), platforms: table)))
        counts[binding.key.platform?.id.string ?? binding.kind.rawValue, default: 0] += 1
      }
    }
    print("samples: \(rows) members, addresses \(counts.sorted { $0.key < $1.key })")
    #expect(rows == 12_000)
    #expect(counts["alibaba"] == 6_606 && counts["made-in-china"] == 1_175)
  }
}
