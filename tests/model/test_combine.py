"""Two models made one: names, units, sources, and what a link may be asked."""

from __future__ import annotations

import json

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.compare.effect import drug_effect
from livingdrug.core.errors import (
    CapabilityError,
    ModelError,
    OptionError,
    UnitError,
    UnknownNameError,
)
from livingdrug.model.combine import require_answer
from livingdrug.model.links import (
    LigandBinding,
    PlainBinding,
    ProductionInhibition,
    ReceptorClearance,
    Value,
)
from livingdrug.model.model import Model
from livingdrug.model.rename import names_of, rename

KD = Value(0.37, "ug/mL", at="from memory")
THROUGH_RECEPTOR = ("IL6_R_binding", "IL6_sR_binding_S", "IL6_sR_binding_L", "IL6_sR_binding_G")
CLEARANCE = ReceptorClearance("tocilizumab", KD, THROUGH_RECEPTOR)
TOCILIZUMAB = ld.Regimen((ld.Dose("tocilizumab", 560.0, "mg", duration=1 / 24),))


def crohn() -> Model:
    """IL-6 and CRP, in the variant whose own drug does not touch the receptor."""
    return ld.get_model("dwivedi2014", "anti_il6")


@pytest.fixture(scope="module", params=["published", "icu"])
def blocked(request: pytest.FixtureRequest) -> Model:
    return ld.combine(crohn(), ld.get_model("frey2010", request.param), link=CLEARANCE)


def test_with_receptor_mediated_clearance_il6_rises_and_crp_falls(blocked: Model) -> None:
    il6 = drug_effect(blocked, "il6_serum", TOCILIZUMAB, days=60)
    crp = drug_effect(blocked, "crp", TOCILIZUMAB, days=60)
    # the source's own antibody, with kinetics and affinity of its own, gives 1.737 for 560 mg
    assert il6.highest == pytest.approx(1.737, rel=0.01)
    assert il6.lowest > 1 - 1e-6
    assert crp.lowest < 0.6
    assert crp.highest < 1 + 1e-6
    # CRP falls over weeks in this model, as its page says
    assert crp.day_of_lowest > 7


def test_with_a_plain_link_the_rise_is_refused_and_crp_is_answered() -> None:
    link = PlainBinding("tocilizumab", KD, ("CRP_secretion",))
    plain = ld.combine(crohn(), ld.get_model("frey2010"), link=link)
    for name in ("il6", "il6_serum", "IL6_S", "il6_total"):
        with pytest.raises(CapabilityError, match="leaves the clearance of il6 as it is"):
            drug_effect(plain, name, TOCILIZUMAB)
    crp = drug_effect(plain, "crp", TOCILIZUMAB)
    assert crp.lowest < 0.1
    # nothing stands for the signal in the model, so the link shows it
    course = ld.simulate(
        plain, ld.cohort_from_arrays(plain, {}, regimen=TOCILIZUMAB), times=[0, 1, 7]
    )
    level = course["tocilizumab"].values
    signal = course["signal_tocilizumab"].values / course["il6"].values
    np.testing.assert_allclose(signal, 1 - level / (0.37 + level), rtol=1e-9)


def test_a_receptor_link_that_takes_no_ligand_is_refused_as_well() -> None:
    link = ReceptorClearance("tocilizumab", KD, ("CRP_secretion",))
    model = ld.combine(crohn(), ld.get_model("frey2010"), link=link)
    with pytest.raises(CapabilityError, match="none of the reactions CRP_secretion takes il6 away"):
        require_answer(model, "il6_serum")
    require_answer(model, "crp")


def test_what_nothing_reaches_is_refused() -> None:
    link = ReceptorClearance("tocilizumab", KD, ("il6_loss",), Value(0.9, "1"))
    model = ld.combine(ld.get_model("hardiansyah2019"), ld.get_model("frey2010"), link=link)
    require_answer(model, "il6_serum")
    with pytest.raises(CapabilityError, match="changes nothing that IFNg depends on"):
        require_answer(model, "ifng_serum")
    with pytest.raises(UnknownNameError, match="crp"):
        require_answer(model, "crp")
    with pytest.raises(CapabilityError, match="is not a combined model"):
        require_answer(ld.get_model("hardiansyah2019"), "il6_serum")
    with pytest.raises(OptionError, match="regimen is empty"):
        drug_effect(model, "il6_serum", ld.Regimen())


def test_a_first_order_loss_through_the_receptor_follows_its_equation() -> None:
    from scipy.integrate import solve_ivp

    link = ReceptorClearance("tocilizumab", KD, ("il6_loss",), Value(0.9, "1"))
    model = ld.combine(ld.get_model("hardiansyah2019"), ld.get_model("frey2010"), link=link)
    given = ld.Regimen((ld.Dose("tocilizumab", 560.0, "mg"),))
    times = [0.0, 1.0, 7.0, 14.0, 28.0]
    course = ld.simulate(
        model, ld.cohort_from_arrays(model, {}, regimen=given), times=times, rtol=1e-9
    )

    def rates(t: float, y: np.ndarray) -> list[float]:
        """Tocilizumab of Frey 2010 and IL-6 of Hardiansyah 2019, patient 1, without cells."""
        a1, a2, il6 = y
        c = a1 / 3.5
        flow = 0.2 * c - 0.2 * a2 / 2.9
        loss = 0.3 * c + 7.5 * c / (2.7 + c)
        return [-loss - flow, flow, 3.96 * (1.7 - il6 * (1 - 0.9 * c / (0.37 + c)))]

    own = solve_ivp(
        rates, (0, 28), [560.0, 0.0, 1.7], t_eval=times, method="LSODA", rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(course["tocilizumab"].values[0], own.y[0] / 3.5, rtol=1e-6)
    np.testing.assert_allclose(course["IL6"].values[0], own.y[2], rtol=1e-6)
    assert own.y[2].max() > 8 * 1.7


def test_siltuximab_takes_free_il6_and_holds_the_total() -> None:
    link = LigandBinding(
        "siltuximab", ("IL6_S", "IL6_L", "IL6_G"), kd=Value(1.0, "ng/mL"), koff=Value(10, "1/day"),
        loss=Value(0.214 / 3.66, "1/day", at="clearance over volume of the drug"),
    )  # fmt: skip
    model = ld.combine(crohn(), ld.get_model("nikanjam2019"), link=link)
    given = ld.Regimen((ld.Dose("siltuximab", 803.0, "mg", duration=1 / 24),))
    il6 = drug_effect(model, "il6_serum", given)
    assert il6.lowest < 0.01
    course = ld.simulate(model, ld.cohort_from_arrays(model, {}, regimen=given), times=[0, 1, 7])
    assert course["total_siltuximab"].values[0, 2] > 100 * course["total_siltuximab"].values[0, 0]
    assert drug_effect(model, "crp", given).lowest < 0.2


def test_dexamethasone_holds_production_down_after_it_is_gone() -> None:
    drug = ld.get_model("krzyzanski2021", "intravenous")
    made = ("IL6_production_serum", "IL6_production_gut")
    common = {"imax": Value(0.85, "1"), "ic50": Value(15, "ng/mL"), "reactions": made}
    slow = ProductionInhibition("dexamethasone", turnover=Value(0.6, "1/day"), **common)
    fast = ProductionInhibition("dexamethasone", **common)
    given = ld.Regimen(tuple(ld.Dose("dexamethasone_iv", 10.0, "mg", time=t / 4) for t in range(8)))
    models = [ld.combine(crohn(), drug, link=link) for link in (slow, fast)]
    found = [drug_effect(model, "il6_serum", given) for model in models]
    assert all(effect.lowest < 0.5 for effect in found)
    assert found[1].lowest > 0.14  # at most 85 percent is held down
    courses = [
        ld.simulate(model, ld.cohort_from_arrays(model, {}, regimen=given), times=[0, 4])
        for model in models
    ]
    left = [float(c["il6"][0, 1] / c["il6"][0, 0]) for c in courses]
    assert left[0] < 0.75 < 0.9 < left[1]  # two days after the last dose


def test_both_models_are_as_they_were_without_the_action() -> None:
    times = [0, 1, 7, 28]
    # of a parameter of the cohort, so that the equations stay and the action is nil
    link = ReceptorClearance("tocilizumab", KD, ("il6_loss",), Value(0.0, "1"))
    host, module = ld.get_model("hardiansyah2019"), ld.get_model("frey2010")
    model = ld.combine(host, module, link=link)
    cells = ld.Regimen.infusion(1.1e9)
    both = ld.simulate(
        model, ld.cohort_from_arrays(model, {}, regimen=cells.then(TOCILIZUMAB)), times=times,
        rtol=1e-9,
    )  # fmt: skip
    alone = ld.simulate(
        host, ld.cohort_from_arrays(host, {}, regimen=cells), times=times, rtol=1e-9
    )
    drug = ld.simulate(
        module, ld.cohort_from_arrays(module, {}, regimen=TOCILIZUMAB), times=times, rtol=1e-9
    )
    # both runs are at rtol 1e-9 with steps of their own; cells grow by e^8 in between
    np.testing.assert_allclose(both["IL6"], alone["IL6"], rtol=1e-5)
    np.testing.assert_allclose(both["car_t"], alone["car_t"], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(both["tocilizumab"], drug["tocilizumab"], rtol=1e-6, atol=1e-9)


def test_names_that_clash_get_the_prefix_and_all_others_stay() -> None:
    host, module = ld.get_model("hosseini2020"), ld.get_model("frey2010")
    link = ReceptorClearance("tocilizumab", KD, ("IL6_clearance",), Value(0.9, "1"))
    model = ld.combine(host, module, link=link)
    clashing = names_of(host) & names_of(module)
    assert {"CL", "V1", "Q", "V2"} <= clashing
    assert {f"frey2010_{name}" for name in clashing} <= names_of(model)
    assert names_of(host) <= names_of(model)
    assert model.parameter("CL").value == host.parameter("CL").value
    assert model.parameter("frey2010_CL").value == module.parameter("CL").value
    # the variability and the covariates of the module follow its names
    assert dict(model.iiv)["frey2010_CL"] == dict(module.iiv)["CL"]
    assert {e.parameter for e in model.covariate_effects} >= {"frey2010_CL", "frey2010_V1"}
    other = ld.combine(host, module, link=link, prefix="toci", id="both")
    assert other.id == "both"
    assert other.parameter("toci_V1").value == module.parameter("V1").value


def test_renaming_back_gives_the_model_back() -> None:
    for name in ("park2025", "hardiansyah2019", "hosseini2020", "hornik2019", "frey2010"):
        model = ld.get_model(name)
        names = {one: f"x_{one}" for one in names_of(model)}
        there = rename(model, names)
        assert not names_of(there) & names_of(model)
        assert rename(there, {new: old for old, new in names.items()}) == model


def test_the_same_covariate_is_shared_and_another_reference_is_not() -> None:
    park, frey = ld.get_model("park2025"), ld.get_model("nikanjam2019")
    link = ProductionInhibition(
        "siltuximab", Value(0.0, "1"), Value(1.0, "ug/mL"), ("expansion_CD8_TN_blood",)
    )
    model = ld.combine(park, frey, link=link)
    names = [item.name for item in model.covariates]
    assert names.count("weight") == 1
    assert "nikanjam2019_weight" in names  # centred at 73 kg, not at 70
    again = ld.combine(
        model, frey, link=ProductionInhibition(
            "siltuximab", Value(0.0, "1"), Value(1.0, "ug/mL"), ("expansion_CD8_TN_blood",)
        ), prefix="second",
    )  # fmt: skip
    assert [c.name for c in again.covariates].count("albumin") == 1


def test_both_sources_are_kept_and_cited(blocked: Model) -> None:
    drug = ld.get_model("frey2010", blocked.variant.partition("+")[2]).source
    assert blocked.sources == (crohn().source, drug)
    assert [part.id for part in blocked.parts] == ["dwivedi2014", "frey2010"]
    assert blocked.parts[1].links == (
        "receptor-mediated clearance of il6_serum blocked by tocilizumab",
    )
    assert blocked.parts[0].evidence_hash == crohn().evidence_hash
    assert blocked.status == ""
    course = ld.simulate(blocked, times=[0, 1])
    cited = {item["doi"] for item in json.loads(course.attrs["provenance"])["citations"]}
    assert cited == {"10.1038/psp.2013.64", drug.doi}


def test_the_hashes_follow_the_link() -> None:
    host, module = crohn(), ld.get_model("frey2010")
    first = ld.combine(host, module, link=CLEARANCE)
    assert first == ld.combine(host, module, link=CLEARANCE)
    other = ld.combine(
        host, module, link=ReceptorClearance("tocilizumab", Value(0.4, "ug/mL"), THROUGH_RECEPTOR)
    )
    assert first.math_hash == other.math_hash
    assert first.evidence_hash != other.evidence_hash
    fewer = ReceptorClearance("tocilizumab", KD, THROUGH_RECEPTOR[:1])
    assert first.math_hash != ld.combine(host, module, link=fewer).math_hash


def test_a_number_of_a_link_is_converted() -> None:
    host, module = crohn(), ld.get_model("frey2010")
    given = ReceptorClearance("tocilizumab", Value(370.0, "ng/mL"), THROUGH_RECEPTOR)
    model = ld.combine(host, module, link=given)
    assert model.parameter("KD_tocilizumab").value == pytest.approx(0.37, rel=1e-14)
    assert model.parameter("KD_tocilizumab").unit == "ug/mL"


@pytest.mark.parametrize(
    ("link", "error", "message"),
    [
        (ReceptorClearance("tocilizumab", Value(2.5, "nM"), ("il6_loss",)), UnitError,
         "KD_tocilizumab"),
        (ReceptorClearance("tocilizumab", KD, ("il6_los",)), ModelError, "did you mean 'il6_loss'"),
        (ReceptorClearance("toci", KD, ("il6_loss",)), ModelError, "unknown observable of the mod"),
        (ReceptorClearance("car_t", KD, ("il6_loss",)), ModelError, "unknown observable"),
        (ReceptorClearance("tocilizumab", KD, ("il6_loss",), ligand="il7"), ModelError,
         "unknown observable, species or term 'il7'"),
        (ReceptorClearance("tocilizumab", KD, ("il6_loss",), Value(1.2, "1")), ModelError,
         "1.2 given"),
        (PlainBinding("tocilizumab", KD, ("il6_loss",)), ModelError, "clearance and no signal"),
        (LigandBinding("tocilizumab", ("IL6",), Value(0.0, "ug/mL"), Value(1, "1/day"),
                       Value(1, "1/day")), ModelError, "KD is 0"),
        (LigandBinding("tocilizumab", ("IL7",), KD, Value(1, "1/day"), Value(1, "1/day")),
         ModelError, "unknown species 'IL7'"),
        ((), ModelError, "no link given"),
        ("plain", ModelError, "is not a link"),
        ((CLEARANCE, CLEARANCE), ModelError, "unknown reaction"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(link: object, error: type, message: str) -> None:
    host, module = ld.get_model("hardiansyah2019"), ld.get_model("frey2010")
    with pytest.raises(error, match=message):
        ld.combine(host, module, link=link)


def test_two_links_of_one_drug_need_two_labels() -> None:
    host, module = ld.get_model("hardiansyah2019"), ld.get_model("krzyzanski2021", "intravenous")

    def link(reactions: tuple[str, ...], label: str) -> ProductionInhibition:
        return ProductionInhibition(
            "dexamethasone", Value(0.8, "1"), Value(14.0, "ng/mL"), reactions, label=label
        )

    made = (link(("il6_release",), ""), link(("ifng_release",), ""))
    with pytest.raises(ModelError, match="already used"):
        ld.combine(host, module, link=made)
    model = ld.combine(
        host, module, link=(link(("il6_release",), "il6"), link(("ifng_release",), "ifng"))
    )
    assert {"Imax_il6", "Imax_ifng"} <= {p.name for p in model.parameters}
    for name in ("il6_serum", "ifng_serum"):
        require_answer(model, name)
    with pytest.raises(CapabilityError):
        require_answer(model, "car_t")  # cells do not depend on cytokines here


def test_a_cohort_of_a_combined_model_varies_as_both_do(blocked: Model) -> None:
    module = ld.get_model("frey2010", blocked.variant.partition("+")[2])
    alone = ld.draw_cohort(module, 2000, seed=3)
    both = ld.draw_cohort(blocked, 2000, seed=3)
    for name in dict(module.iiv):
        # drawn from other streams: the spread of 2000 logarithms is known to 1.6 percent
        wide, own = np.log(both[name]).std(), np.log(alone[name]).std()
        assert float(wide) == pytest.approx(float(own), rel=0.08)
    small = ld.draw_cohort(blocked, 4, seed=3, regimen=TOCILIZUMAB)
    course = ld.simulate(blocked, small, times=[0, 1, 7])
    assert int(course["status"].sum()) == 0
    assert len(set(course["tocilizumab"].values[:, 1].round(6))) == 4
