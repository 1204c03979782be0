"""The essay's claims, stated before the first full run. Each docstring is what readers see."""

import math

import pytest

# Services that name a column: its rename at once, and by expand and contract.
RENAMES = {1: ("at_once_note", "sweep_note"), 2: ("at_once_address", "sweep_address"), 3: ("rename", "expand"),
           4: ("at_once_status", "sweep_status"), 5: ("at_once_show", "sweep_show")}
SERVICES = {"catalogue", "bookings", "billing", "shipping", "reporting"}
AT_ONCE = ("not_null", "rename", "unit", "split")


def test_thesis(results):
    """On a shared schema, a column that s services touch has no safe deploy order for a direct rename and
    exactly s! for expand/contract, which is 1/((s+1)(s+2)) of all orders."""
    for services, (at_once, by_steps) in RENAMES.items():
        assert results[f"lattice.shared.{at_once}.safe"] == 0
        safe, orders = (results[f"lattice.shared.{by_steps}.{name}"] for name in ("safe", "orders"))
        assert safe == math.factorial(services)
        assert orders == safe * (services + 1) * (services + 2)


def test_states_and_orders_agree(results):
    """Wherever every order was run by itself, as many were safe as the states say."""
    assert results["lattices.cells_by_orders"] >= 20
    assert results["lattices.counted_otherwise"] == 0


def test_the_lattices_repeat(results):
    """Run again, every state of every change and build has the same verdict."""
    assert results["lattices.differences"] == 0


def test_a_new_column_is_safe_when_its_migration_goes_first(results):
    """A nullable column that two services use on a shared schema has exactly the safe orders in which its
    migration comes first, 2 of 6."""
    assert results["lattice.shared.nullable.safe"] == 2
    assert results["lattice.shared.nullable.orders"] == 6


def test_changes_at_once_have_no_safe_order(results):
    """On a shared schema a column added NOT NULL without a default, renamed, given another unit or split in
    two by one migration has no safe order."""
    for change in AT_ONCE:
        assert results[f"lattice.shared.{change}.safe"] == 0


def test_own_data_does_not_make_a_rename_safe(results):
    """With own data and tolerant readers a rename by one migration still has no safe order."""
    assert results["lattice.tolerant.rename.safe"] == 0


def test_own_data_makes_a_rename_private(results):
    """A rename by one migration needs the deploys of three teams at one instant on a shared schema, and of one
    team with own data and tolerant readers."""
    assert results["lattice.shared.rename.at_once_teams"] == 3
    assert results["lattice.tolerant.rename.at_once_teams"] == 1


def test_strict_readers_lose_to_a_shared_schema(results):
    """With own data and strict readers a rename by expand and contract has a smaller share of safe orders than
    on a shared schema."""
    assert results["lattice.strict.expand.safe_percent"] < results["lattice.shared.expand.safe_percent"]


def test_tolerant_readers_are_a_monolith_to_each_other(results):
    """With own data and tolerant readers, and while events keep the old key, a rename by expand and contract has
    the monolith's share of safe orders."""
    assert results["lattice.tolerant.expand.safe_percent"] == results["lattice.monolith.expand.safe_percent"]


def test_removing_the_old_key_costs_own_data_its_lead(results):
    """Once the old key is to leave the events as well, own data with tolerant readers has less than half of the
    share of safe orders that it has while the key stays."""
    assert results["lattice.tolerant.retire.safe_percent"] < results["lattice.tolerant.expand.safe_percent"] / 2


def test_strict_readers_have_few_safe_orders(results):
    """With own data and strict readers less than half of the orders are safe, for every change that was rolled
    out to them and reaches the events."""
    for change in ("nullable", "rename", "unit", "vocabulary", "expand"):
        assert results[f"lattice.strict.{change}.safe_percent"] < 50


def test_a_unit_goes_wrong_in_silence(results):
    """While a unit is changed on a shared schema, most broken states answer with a wrong amount and no error."""
    assert results["lattice.shared.unit.wrong"] > results["lattice.shared.unit.broken"] / 2


def test_a_trigger_that_only_fills_has_no_safe_order(results):
    """With a trigger that fills the empty one of two columns and does not follow updates, expand and contract
    has no safe order."""
    assert results["lattice.shared.fill_only.safe"] == 0


def test_a_one_way_trigger_wants_the_writer_last(results):
    """With a trigger that copies from the old column to the new one alone, expand and contract has only the safe
    orders in which the writing service is deployed after both readers, 2 of 120."""
    assert results["lattice.shared.one_way.safe"] == 2


def test_canaries_are_sound(results):
    """Between sound states of expand and contract no canary goes wrong, however calls fall to the old instance
    and the new one."""
    assert results["mixed.shared.steps"] == 12
    assert results["mixed.shared.canaries_broken"] == 0


def test_services_can_be_rolled_back_before_the_contract(results):
    """Between sound states of expand and contract every service can be rolled back."""
    assert results["mixed.shared.rollbacks_broken"] == 0


def test_no_service_can_be_rolled_back_after_the_contract(results):
    """Once the contract is deployed no service that names the column can be rolled back."""
    assert results["mixed.shared.stranded"] == 3


def test_an_alter_behind_a_read_stops_a_third_service(results):
    """While an ALTER TABLE waits behind a long read, two seconds and more pass in which a third service answers
    nothing in time."""
    assert all(row["high"] == 0 for row in results.table("lock") if row["treatment"] == "no lock_timeout" and row["second"] in (3, 4))


def test_a_short_lock_timeout_saves_the_third_service(results):
    """With a lock_timeout of a sixth of its deadline, and retries, the third service answers at least 99% in
    time."""
    assert results["lock.short.served_percent"] >= 99


def test_a_long_lock_timeout_does_not_save_it(results):
    """With a lock_timeout of three times its deadline, and retries, the third service answers less than 90% in
    time."""
    assert results["lock.long.served_percent"] < 90


def test_hops_cost_cpu(results):
    """With equal statements a purchase takes at least 1.2 times the monolith's CPU in five processes on a shared
    schema."""
    assert results["runtime.shared.statements"] == results["runtime.monolith.statements"]
    assert results["runtime.shared.cpu_over_monolith_x"] >= 1.2


def test_own_copies_cost_more_cpu(results):
    """A purchase takes at least 1.2 times as much CPU with own data as on a shared schema."""
    assert results["runtime.tolerant.cpu_ms"] >= 1.2 * results["runtime.shared.cpu_ms"]


def test_availability_is_the_product(results):
    """Where one call in a hundred is refused, purchases on a shared schema are answered as often as the product
    over their calls says, within two points."""
    assert abs(results["refused.shared.answered_percent"] - results["refused.shared.product_percent"]) <= 2


def test_own_copies_charge_stale_amounts(results):
    """Where one call in a hundred is refused, own copies let purchases be charged an amount from before a change."""
    assert results["refused.tolerant.mischarged"] > 0


def test_a_shared_schema_charges_no_stale_amount(results):
    """Where one call in a hundred is refused, a shared schema lets no purchase be charged an amount from before a
    change."""
    assert results["refused.shared.mischarged"] == 0


def test_a_killed_service_leaves_the_others(results):
    """After each kill of one of five services at least three endpoints of the shared schema still answer."""
    killed = [row for row in results.table("outages") if row["build"] == "shared schema"]
    assert len(killed) == 5
    assert all(len(set(row["answering"].split(", ")) & SERVICES) >= 3 for row in killed)


def test_a_purchase_needs_almost_every_service(results):
    """On a shared schema a booking can be placed and paid after at most one of the five kills."""
    assert results["outages.shared.purchases"] <= 1


def test_own_servers_add_no_safe_order(results):
    """A PostgreSQL for each service adds no safe order to own data with tolerant readers."""
    assert results["lattice.servers.expand.safe"] == results["lattice.tolerant.expand.safe"]


def test_worse_than_both_at_deploying(results):
    """On every axis that counts deploys the shared schema is worse than the monolith and worse than own data."""
    deploying = [row["shared_is"] for row in results.table("axes") if row["when"] == "deploying"]
    assert len(deploying) == 3
    assert set(deploying) == {"worst"}


@pytest.mark.xfail(strict=True, reason="It is worse than both on the three axes that count deploys; on the others it lies between them or is level with one.")
def test_worse_than_both(results):
    """On more than half of the counted axes the shared schema is worse than the monolith and worse than own
    data."""
    assert results["axes.worse_than_both"] > results["axes.all"] / 2


def test_the_form_is_exact(results):
    """The formula gives exactly the safe orders that were counted, in each of its cases."""
    for row in results.table("orders"):
        assert row["predicted"] == row["measured"]
