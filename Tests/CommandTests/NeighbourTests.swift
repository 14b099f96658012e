import Foundation
import TestSupport
import Testing

/// Two countries and a third, through the real program: each verifies the other's member by one pointer; nothing
/// reaches further.
@Suite struct NeighbourTests {
  private struct Country {
    let home: String, host: String, chamber: String
    var environment: [String: String] {
      [
        "PATH": ReadmeTests.programs + ":/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "KHATM_HOME": home,
        "KHATM_PASSPHRASE": "sample passphrase of the tests",
      ]
    }
    @discardableResult func run(_ command: String, code wanted: Int32 = 0) throws -> String {
      let (output, code) = try ReadmeTests.run("khatm " + command, environment)
      #expect(code == wanted, "\(command): \(output)")
      return output
    }
    /// A token of the chamber's one member, in a file.
    func issue(in folder: String, country: String) throws -> String {
      let certs = VectorSet.projectRoot.appending(path: "certs").path
      try run("init --name '\(country) (sample)' --host \(host) --country \(country) --certs \(certs) --quiet")
      try run(
        """
        chamber add \(chamber) --name-en 'Chamber of \(chamber) (sample)' --name-ar 'غرفة' --jurisdiction \
        \(country)-XY --domain \(chamber)-chamber.example
        """
      )
      let row =
        "\(chamber),100201,Desert Rose Trading LLC,شركة وردة الصحراء,LLC,1300201,Register,\(country)-XY,"
        + "2011-05-17,2035-12-31,https://desertrose.en.alibaba.com/,alibaba,https://www.desert-rose.example/,"
        + "Fatima Hassan,office@desert-rose.example,+97151002010,"
      let head =
        "chamber,member_number,name_en,name_ar,legal_form,licence_number,licence_authority,jurisdiction,"
        + "member_since,fees_paid_until,storefront,platform,website,contact_name,contact_email,contact_phone,membership"
      let sheet = "\(folder)/\(chamber).csv"
      try Data("\(head)\n\(row)\n".utf8).write(to: URL(filePath: sheet))
      try run("member import \(sheet)")
      let id = try #require(
        try run("issue --programme verified-membership --member \(chamber)/100201").split(separator: " ").first.map(
          String.init
        )
      )
      for (form, ending) in [("jwt", "jwt"), ("openbadge-jwt --algorithm RS256", "rs256"), ("eddsa-jcs-2022", "json")] {
        try run("badge \(id) --format \(form) -o \(folder)/\(chamber).\(ending)")
      }
      return id
    }
    func asks(_ file: String, _ more: String = "", code: Int32) throws -> String {
      try run("verify \(file) --json \(more)", code: code)
    }
  }

  @Test(.timeLimit(.minutes(allowedMinutes(3)))) func oneHopAndNoFurther() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "khatm-neighbours-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let uae = Country(home: folder + "/uae", host: "khatm.example", chamber: "dubai")
    let oman = Country(home: folder + "/oman", host: "oman.example", chamber: "muscat")
    let qatar = Country(home: folder + "/qatar", host: "qatar.example", chamber: "doha")
    _ = try uae.issue(in: folder, country: "AE")
    let theirs = try oman.issue(in: folder, country: "OM")
    _ = try qatar.issue(in: folder, country: "QA")
    // What we write for others we accept ourselves.
    for ending in ["jwt", "rs256", "json"] {
      #expect(try uae.asks("\(folder)/dubai.\(ending)", code: 0).contains(#""verdict":"genuine""#), "\(ending)")
    }
    #expect(try uae.asks("\(folder)/muscat.jwt", code: 1).contains("issuer_unknown"))
    #expect(
      try uae.run("recognise add \(oman.home)/public --root \(qatar.home)/anchors/root.pem", code: 2).contains(
        "did not sign"
      )
    )
    #expect(
      try uae.run("recognise add \(uae.home)/public --root \(uae.home)/anchors/root.pem", code: 1).contains(
        "own authority"
      )
    )
    #expect(try uae.run("recognise add \(oman.home)/public --fingerprint 00", code: 2).contains("fingerprint"))

    try uae.run("recognise add \(oman.home)/public --root \(oman.home)/anchors/root.pem")
    try oman.run("recognise add \(uae.home)/public --root \(uae.home)/anchors/root.pem")
    try oman.run("recognise add \(qatar.home)/public --root \(qatar.home)/anchors/root.pem")
    for ending in ["jwt", "rs256", "json"] {
      #expect(
        try uae.asks("\(folder)/muscat.\(ending)", "--page https://desertrose.en.alibaba.com/", code: 0).contains(
          #""binding":"declared""#
        ),
        "\(ending)"
      )
      #expect(
        try oman.asks("\(folder)/dubai.\(ending)", code: 0).contains(#""recognisedBy":"https://khatm.example/"#),
        "\(ending)"
      )
    }
    // Two hops: they recognise Qatar, and we do not, whatever is at hand.
    try uae.run("recognise update \(oman.home)/public")
    #expect(try oman.asks("\(folder)/doha.jwt", code: 0).contains("genuine"))
    #expect(
      try uae.asks(
        "\(folder)/doha.jwt",
        "--recognised \(qatar.home)/public --recognised \(oman.home)/public/recognised/qatar.example",
        code: 1
      ).contains("issuer_unknown")
    )
    // Their change of state counts once their files are at hand; an older list is not taken back.
    try oman.run("suspend \(theirs) --reason investigation")
    let old = folder + "/old"
    try FileManager.default.copyItem(atPath: uae.home + "/public/recognised/oman.example", toPath: old)
    try uae.run("recognise update \(oman.home)/public")
    #expect(try uae.asks("\(folder)/muscat.jwt", code: 1).contains(#""suspended""#))
    // Copies that are gone: we cannot tell, and accuse nobody.
    try FileManager.default.removeItem(atPath: uae.home + "/public/recognised")
    #expect(try uae.asks("\(folder)/muscat.jwt", code: 3).contains("trust_data_unavailable"))
    #expect(try uae.asks("\(folder)/muscat.jwt", "--recognised \(oman.home)/public", code: 1).contains(#""suspended""#))
    #expect(
      try uae.asks("\(folder)/muscat.rs256", "--recognised \(oman.home)/public", code: 1).contains(#""suspended""#)
    )
    // Withdrawn: from now on nobody we know.
    try uae.run("recognise remove oman.example")
    #expect(
      try uae.asks("\(folder)/muscat.jwt", "--recognised \(oman.home)/public", code: 1).contains("issuer_unknown")
    )
    #expect(try uae.run("recognise list --json").contains(#""until":"2"#))
  }
}
