/// Data of `Skeleton`, read once into dictionaries.
///
/// Sources: `folded` and `presentationForms` from the compatibility decompositions of Unicode 14.0 `UnicodeData.txt`,
/// marks dropped; `alike` from `confusables.txt` of UTS 39 (version 14.0), cut down to letters of the scripts named
/// there and to Latin prototypes; `arabic` from the foldings that Arabic search tools share, since no standard has
/// them.
enum SkeletonTables {
  /// Digits as letters: a zero is an o, a one an l.
  static let digits: [Unicode.Scalar] = ["o", "l", "2", "3", "4", "5", "6", "7", "8", "9"]

  /// A character without accents, ligature, circle or other dress.
  static func bases(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    let value = scalar.value
    if value < 0x80 { return [scalar] }
    if let bases = foldedBases[scalar] { return bases }
    switch value {
    case 0xFF01...0xFF5E: return Unicode.Scalar(value - 0xFEE0).map { [$0] } ?? [scalar]  // full-width ASCII
    case 0x1D400...0x1D6A3:  // mathematical letters: alphabets of 26 capitals and 26 small ones
      let position = (value - 0x1D400) % 52
      return Unicode.Scalar(position < 26 ? 0x41 + position : 0x47 + position).map { [$0] } ?? [scalar]
    case 0xFEF5...0xFEFC: return ["\u{0644}", "\u{0627}"]  // lam-alef
    case 0xFB50...0xFEFC:
      for (first, last, base) in presentationForms where (first...last).contains(value) {
        return base.compactMap { Unicode.Scalar($0) }
      }
      return [scalar]
    default: return [scalar]
    }
  }

  /// What a letter may be taken for. Nil when only for itself.
  static func lookalike(of scalar: Unicode.Scalar) -> [Unicode.Scalar]? { lookalikes[scalar] }

  private static let foldedBases: [Unicode.Scalar: [Unicode.Scalar]] = {
    var out: [Unicode.Scalar: [Unicode.Scalar]] = [:]
    for item in folded.unicodeScalars.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      let equals = item.firstIndex(of: "=")
      let base = Array(item[..<(equals ?? item.index(after: item.startIndex))])
      for form in item[(equals.map { item.index(after: $0) } ?? item.index(after: item.startIndex))...] {
        out[form] = base
      }
    }
    return out
  }()

  private static let lookalikes: [Unicode.Scalar: [Unicode.Scalar]] = {
    var out: [Unicode.Scalar: [Unicode.Scalar]] = [:]
    for table in [alike, arabic] {
      for item in table.unicodeScalars.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
        guard let equals = item.firstIndex(of: "=") else { continue }
        let forms = item[item.index(after: equals)...]
        for form in forms { out[form] = Array(item[..<equals]) }
      }
    }
    return out
  }()

  /// Latin letter = letters of Cyrillic, Greek, Armenian, Cherokee, Latin phonetics and small capitals with its shape.
  private static let alike = """
    a=аАαΑɑᴀᎪ b=вВьЬΒβʙᏴƅ c=сСϲϹᴄᏟҁ d=ԁԀɗđĐᴅᎠᎧɖðÐ
    e=еЕεΕєЄᴇᎬҽəәӘ f=ƒϝғҒ g=ɡԍԌցᏀɢ h=һҺнНΗհħĦᎻʜңҢ
    i=іІιΙıɪɩᎥ j=јЈϳյᎫᴊ k=кКκΚᏦᴋқҚҝҜҡҠ l=|ӏӀǀłŁʟᏞԼƚו
    m=мМΜᎷᴍ n=пПηΝոռɴŋŊ o=оОοΟօՕσςøØᴏөӨθΘɵ p=рРρΡϱᴘᏢþÞϸƿ
    q=ԛԚզ r=гГᴦʀᏒґҐ s=ѕЅᏚꜱՏ t=тТτΤᎢᴛŧŦ u=иИυսՍᴜʋ v=ѵѴνᏙᴠ∨
    w=ԝԜωաѡѠᴡᎳ x=хХχΧҳҲⅹ y=уУγΥүҮұҰʏỿ z=ΖᏃᴢƶƵʐ
    ss=ßẞ ae=æÆ oe=œŒ 3=зЗʒƷ 4=чЧᏎ 6=бБ
    """

  /// Arabic letter = the variants that readers and keyboards interchange: alef with and without hamza, ya and alef
  /// maqsura, ta marbuta and ha, kaf and keheh, waw with hamza.
  private static let arabic = """
    ا=أإآٱٲٳٵ ي=ىئیێېےٸ ه=ةۀہۂۃەھ ك=کڪګڬ و=ؤۄۅۆۇۈۋٶ
    """

  /// Arabic letters as ligatures and isolated, initial, medial, final forms.
  private static let presentationForms: [(UInt32, UInt32, [UInt32])] = [
    (0xFB50, 0xFB51, [0x0671]), (0xFB52, 0xFB55, [0x067B]), (0xFB56, 0xFB59, [0x067E]), (0xFB5A, 0xFB5D, [0x0680]),
    (0xFB5E, 0xFB61, [0x067A]), (0xFB62, 0xFB65, [0x067F]), (0xFB66, 0xFB69, [0x0679]), (0xFB6A, 0xFB6D, [0x06A4]),
    (0xFB6E, 0xFB71, [0x06A6]), (0xFB72, 0xFB75, [0x0684]), (0xFB76, 0xFB79, [0x0683]), (0xFB7A, 0xFB7D, [0x0686]),
    (0xFB7E, 0xFB81, [0x0687]), (0xFB82, 0xFB83, [0x068D]), (0xFB84, 0xFB85, [0x068C]), (0xFB86, 0xFB87, [0x068E]),
    (0xFB88, 0xFB89, [0x0688]), (0xFB8A, 0xFB8B, [0x0698]), (0xFB8C, 0xFB8D, [0x0691]), (0xFB8E, 0xFB91, [0x06A9]),
    (0xFB92, 0xFB95, [0x06AF]), (0xFB96, 0xFB99, [0x06B3]), (0xFB9A, 0xFB9D, [0x06B1]), (0xFB9E, 0xFB9F, [0x06BA]),
    (0xFBA0, 0xFBA3, [0x06BB]), (0xFBA4, 0xFBA5, [0x06D5]), (0xFBA6, 0xFBA9, [0x06C1]), (0xFBAA, 0xFBAD, [0x06BE]),
    (0xFBAE, 0xFBB1, [0x06D2]), (0xFBD3, 0xFBD6, [0x06AD]), (0xFBD7, 0xFBD8, [0x06C7]), (0xFBD9, 0xFBDA, [0x06C6]),
    (0xFBDB, 0xFBDC, [0x06C8]), (0xFBDD, 0xFBDD, [0x06C7, 0x0674]), (0xFBDE, 0xFBDF, [0x06CB]),
    (0xFBE0, 0xFBE1, [0x06C5]),
    (0xFBE2, 0xFBE3, [0x06C9]), (0xFBE4, 0xFBE7, [0x06D0]), (0xFBE8, 0xFBE9, [0x0649]),
    (0xFBEA, 0xFBEB, [0x064A, 0x0627]),
    (0xFBEC, 0xFBED, [0x064A, 0x06D5]), (0xFBEE, 0xFBEF, [0x064A, 0x0648]), (0xFBF0, 0xFBF1, [0x064A, 0x06C7]),
    (0xFBF2, 0xFBF3, [0x064A, 0x06C6]), (0xFBF4, 0xFBF5, [0x064A, 0x06C8]), (0xFBF6, 0xFBF8, [0x064A, 0x06D0]),
    (0xFBF9, 0xFBFB, [0x064A, 0x0649]), (0xFBFC, 0xFBFF, [0x06CC]), (0xFE80, 0xFE80, [0x0621]),
    (0xFE81, 0xFE84, [0x0627]),
    (0xFE85, 0xFE86, [0x0648]), (0xFE87, 0xFE88, [0x0627]), (0xFE89, 0xFE8C, [0x064A]), (0xFE8D, 0xFE8E, [0x0627]),
    (0xFE8F, 0xFE92, [0x0628]), (0xFE93, 0xFE94, [0x0629]), (0xFE95, 0xFE98, [0x062A]), (0xFE99, 0xFE9C, [0x062B]),
    (0xFE9D, 0xFEA0, [0x062C]), (0xFEA1, 0xFEA4, [0x062D]), (0xFEA5, 0xFEA8, [0x062E]), (0xFEA9, 0xFEAA, [0x062F]),
    (0xFEAB, 0xFEAC, [0x0630]), (0xFEAD, 0xFEAE, [0x0631]), (0xFEAF, 0xFEB0, [0x0632]), (0xFEB1, 0xFEB4, [0x0633]),
    (0xFEB5, 0xFEB8, [0x0634]), (0xFEB9, 0xFEBC, [0x0635]), (0xFEBD, 0xFEC0, [0x0636]), (0xFEC1, 0xFEC4, [0x0637]),
    (0xFEC5, 0xFEC8, [0x0638]), (0xFEC9, 0xFECC, [0x0639]), (0xFECD, 0xFED0, [0x063A]), (0xFED1, 0xFED4, [0x0641]),
    (0xFED5, 0xFED8, [0x0642]), (0xFED9, 0xFEDC, [0x0643]), (0xFEDD, 0xFEE0, [0x0644]), (0xFEE1, 0xFEE4, [0x0645]),
    (0xFEE5, 0xFEE8, [0x0646]), (0xFEE9, 0xFEEC, [0x0647]), (0xFEED, 0xFEEE, [0x0648]), (0xFEEF, 0xFEF0, [0x0649]),
    (0xFEF1, 0xFEF4, [0x064A]), (0xFEF5, 0xFEFC, [0x0644, 0x0627]),
  ]

  /// Base, then its dressed forms; `=` where the base is more than one letter.
  private static let folded = """
    aªàáâãäåāăąǎǟǡǻȁȃȧᵃḁạảấầẩẫậắằẳẵặₐⓐ 2²₂② 3³₃③ μµ 1¹₁① oºòóôõöōŏőơǒǫǭȍȏȫȭȯȱᵒṍṏṑṓọỏốồổỗộớờởỡợₒℴⓞ AÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦᴬḀẠẢẤẦẨẪẬẮẰẲẴẶÅⒶ
    CÇĆĈĊČḈℂℭⅭⒸ EÈÉÊËĒĔĖĘĚȄȆȨᴱḔḖḘḚḜẸẺẼẾỀỂỄỆℰⒺ IÌÍÎÏĨĪĬĮİǏȈȊᴵḬḮỈỊℐℑⅠⒾ NÑŃŅŇǸᴺṄṆṈṊℕⓃ OÒÓÔÕÖŌŎŐƠǑǪǬȌȎȪȬȮȰᴼṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢⓄ
    UÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖᵁṲṴṶṸṺỤỦỨỪỬỮỰⓊ YÝŶŸȲẎỲỴỶỸⓎ cçćĉċčᶜḉⅽⓒ eèéêëēĕėęěȅȇȩᵉḕḗḙḛḝẹẻẽếềểễệₑℯⅇⓔ iìíîïĩīĭįǐȉȋᵢḭḯỉịⁱℹⅈⅰⓘ nñńņňǹṅṇṉṋⁿₙⓝ
    uùúûüũūŭůűųưǔǖǘǚǜȕȗᵘᵤṳṵṷṹṻụủứừửữựⓤ yýÿŷȳẏẙỳỵỷỹⓨ DĎᴰḊḌḎḐḒⅅⅮⒹ dďᵈḋḍḏḑḓⅆⅾⓓ GĜĞĠĢǦǴᴳḠⒼ gĝğġģǧǵᵍḡℊⓖ HĤȞᴴḢḤḦḨḪℋℌℍⒽ hĥȟḣḥḧḩḫẖₕℎⓗ IJ=Ĳ
    ij=ĳ JĴᴶⒿ jĵǰⅉⓙ KĶǨᴷḰḲḴKⓀ kķǩᵏḱḳḵₖⓚ LĹĻĽᴸḶḸḺḼℒⅬⓁ lĺļľḷḹḻḽₗℓⅼⓛ ʼn=ŉ RŔŖŘȐȒᴿṘṚṜṞℛℜℝⓇ rŕŗřȑȓᵣṙṛṝṟⓡ SŚŜŞŠȘṠṢṤṦṨⓈ sśŝşšſșṡṣṥṧṩẛₛⓢ
    TŢŤȚᵀṪṬṮṰⓉ tţťțᵗṫṭṯṱẗₜⓣ WŴᵂẀẂẄẆẈⓌ wŵẁẃẅẇẉẘⓦ ZŹŻŽẐẒẔℤℨⓏ zźżžᶻẑẓẕⓩ DZ=ǄǱ Dz=ǅǲ dz=ǆǳ LJ=Ǉ Lj=ǈ lj=ǉ NJ=Ǌ Nj=ǋ nj=ǌ ÆǢǼᴭ æǣǽ ƷǮ ʒǯᶾ
    ØǾ øǿ BᴮḂḄḆℬⒷ Ǝᴲ MᴹḾṀṂℳⅯⓂ Ȣᴽ PᴾṔṖℙⓅ ɐᵄ ɑᵅ ᴂᵆ bᵇḃḅḇⓑ əᵊₔ ɛᵋ ɜᵌᶟ mᵐḿṁṃₘⅿⓜ ŋᵑ ɔᵓ ᴖᵔ ᴗᵕ pᵖṕṗₚⓟ ᴝᵙ ɯᵚ vᵛᵥṽṿⅴⓥ ᴥᵜ βᵝᵦϐ γᵞᵧℽ δᵟ φᵠᵩϕ χᵡᵪ
    ρᵨϱῤῥ нᵸ ɒᶛ ɕᶝ ðᶞ fᶠḟⓕ ɟᶡ ɡᶢ ɥᶣ ɨᶤ ɩᶥ ɪᶦ ᵻᶧ ʝᶨ ɭᶩ ᶅᶪ ʟᶫ ɱᶬ ɰᶭ ɲᶮ ɳᶯ ɴᶰ ɵᶱ ɸᶲ ʂᶳ ʃᶴ ƫᶵ ʉᶶ ʊᶷ ᴜᶸ ʋᶹ ʌᶺ ʐᶼ ʑᶽ θᶿϑ FḞℱⒻ VṼṾⅤⓋ XẊẌⅩⓍ
    xẋẍₓⅹⓧ aʾ=ẚ ʹʹ ΑΆἈἉἊἋἌἍἎἏᾈᾉᾊᾋᾌᾍᾎᾏᾸᾹᾺΆᾼ ΕΈἘἙἚἛἜἝῈΈ ΗΉἨἩἪἫἬἭἮἯᾘᾙᾚᾛᾜᾝᾞᾟῊΉῌ ΙΊΪἸἹἺἻἼἽἾἿῘῙῚΊ ΟΌὈὉὊὋὌὍῸΌ ΥΎΫϒϓϔὙὛὝὟῨῩῪΎ
    ΩΏὨὩὪὫὬὭὮὯᾨᾩᾪᾫᾬᾭᾮᾯῺΏῼΩ ιΐίϊἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗ αάἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ εέϵἐἑἒἓἔἕὲέ ηήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇ
    υΰϋύὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ οόὀὁὂὃὄὅὸό ωώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ πϖℼ κϰ ςϲ Θϴ ΣϹ ΡῬ ЕЀЁӖ ГЃ ІЇ КЌ ИЍЙӢӤ УЎӮӰӲ ийѝӣӥ еѐёӗ гѓ ії кќ уўӯӱӳ
    ѴѶ ѵѷ ЖӁӜ жӂӝ АӐӒ аӑӓ ӘӚ әӛ ЗӞ зӟ ОӦ оӧ ӨӪ өӫ ЭӬ эӭ ЧӴ чӵ ЫӸ ыӹ 0⁰₀⓪ 4⁴₄④ 5⁵₅⑤ 6⁶₆⑥ 7⁷₇⑦ 8⁸₈⑧ 9⁹₉⑨ Ɛℇ ħℏ No=№ QℚⓆ SM=℠ TEL=℡ TM=™
    אℵ בℶ גℷ דℸ FAX=℻ Γℾ Πℿ II=Ⅱ III=Ⅲ IV=Ⅳ VI=Ⅵ VII=Ⅶ VIII=Ⅷ IX=Ⅸ XI=Ⅺ XII=Ⅻ ii=ⅱ iii=ⅲ iv=ⅳ vi=ⅵ vii=ⅶ viii=ⅷ ix=ⅸ xi=ⅺ xii=ⅻ 10=⑩
    11=⑪ 12=⑫ 13=⑬ 14=⑭ 15=⑮ 16=⑯ 17=⑰ 18=⑱ 19=⑲ 20=⑳ qⓠ ff=ﬀ fi=ﬁ fl=ﬂ ffi=ﬃ ffl=ﬄ st=ﬅﬆ
    """
}
