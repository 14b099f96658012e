/// Values of the parameters `why`, `what` and `table` that have words of their own. Other values are shown as they are.
public enum Detail: String, CaseIterable, Hashable, Sendable {
  case publicSuffix = "public_suffix"
  case platformApex = "platform_apex"
  case wildcard
  case multiTenant = "multi_tenant"
  case fragment
  case pathTooDeep = "path_too_deep"
  case trustList = "trust_list"
  case statusList = "status_list"
  case revocationList = "revocation_list"
  case didDocument = "did_document"
  case platforms

  /// The sentence for a word that an answer carries as a parameter; nil for a parameter that is no such word.
  static func words(for value: String, parameter: String, language: Language) -> String? {
    guard parameter == "why" || parameter == "what" || parameter == "table" else { return nil }
    return Detail(rawValue: value)?.texts[language].sentence()
  }
}

extension Detail: Message {
  public var identifier: String { rawValue }
  public var parameters: [String] { [] }

  public var texts: FourTexts {
    switch self {
    case .publicSuffix:
      FourTexts(
        en: "an ending that anyone may register under",
        ar: "نطاق عام يمكن لأي جهة التسجيل تحته",
        fr: "un suffixe sous lequel chacun peut s’enregistrer",
        zh: "任何人都可在其下注册的公共后缀"
      )
    case .platformApex:
      FourTexts(
        en: "the marketplace itself, not one shop",
        ar: "عنوان المنصة نفسها لا عنوان متجر بعينه",
        fr: "la place de marché elle-même, non une boutique",
        zh: "平台本身，而非某一店铺"
      )
    case .wildcard:
      FourTexts(
        en: "a pattern instead of an address",
        ar: "نمط عام وليس عنوانًا محددًا",
        fr: "un motif au lieu d’une adresse",
        zh: "通配形式而非具体地址"
      )
    case .multiTenant:
      FourTexts(
        en: "a host shared by many companies",
        ar: "موقع تتشاركه شركات كثيرة",
        fr: "un hébergement partagé par plusieurs entreprises",
        zh: "由多家公司共用的主机"
      )
    case .fragment:
      FourTexts(
        en: "only the part after # differs",
        ar: "لا يختلف سوى الجزء الذي يلي الرمز #",
        fr: "seule la partie après # diffère",
        zh: "仅 # 之后的部分不同"
      )
    case .pathTooDeep:
      FourTexts(
        en: "the path has too many parts",
        ar: "عدد أجزاء المسار أكبر من المسموح به",
        fr: "le chemin comporte trop d’éléments",
        zh: "路径层级过多"
      )
    case .trustList: FourTexts(en: "list of chambers", ar: "قائمة الغرف", fr: "liste des chambres", zh: "商会名单")
    case .statusList: FourTexts(en: "status list", ar: "قائمة الحالات", fr: "liste d’états", zh: "状态列表")
    case .revocationList:
      FourTexts(
        en: "list of withdrawn keys",
        ar: "قائمة المفاتيح المسحوبة",
        fr: "liste des clés révoquées",
        zh: "已撤销密钥列表"
      )
    case .didDocument:
      FourTexts(
        en: "chamber's list of keys",
        ar: "قائمة مفاتيح الغرفة",
        fr: "liste des clés de la chambre",
        zh: "商会的密钥列表"
      )
    case .platforms: FourTexts(en: "marketplace", ar: "المنصات", fr: "places de marché", zh: "交易平台")
    }
  }
}
