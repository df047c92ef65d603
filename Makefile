EXTENSION = clicktrack
# The control file is the only place where the version stands.
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" clicktrack.control)

MODULE_big = clicktrack
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))

# One room per capability; the install script is their SQL in dependency order:
# type -> aggregates and engine -> store -> views.
SQL_PARTS = \
	src/guard.sql \
	src/click_event/click_event.sql \
	src/short_code.sql \
	src/url/url.sql \
	src/visitor/visitor.sql \
	src/origin/origin.sql \
	src/word_matcher.sql \
	src/user_agent/user_agent.sql \
	src/statistics/statistics.sql \
	src/unique_clicks/unique_clicks.sql \
	src/click_times/click_times.sql \
	src/visitor_sketch/visitor_sketch.sql \
	src/revenue/revenue_per_click.sql \
	src/revenue/revenue_per_unique_click.sql \
	src/click_funnel/click_funnel.sql \
	src/attribution/attribution.sql \
	src/attribution/visitor_credits.sql \
	src/path_credit/path_credit.sql \
	src/rollup/days.sql \
	src/rollup/changes.sql \
	src/store/policy.sql \
	src/store/campaign.sql \
	src/store/link.sql \
	src/store/link_code.sql \
	src/store/link_rules.sql \
	src/store/make_links.sql \
	src/store/create_link.sql \
	src/store/update_link.sql \
	src/store/people.sql \
	src/store/record.sql \
	src/store/recipient.sql \
	src/store/message.sql \
	src/store/click.sql \
	src/rollup/click_bounds.sql \
	src/store/progress.sql \
	src/store/link_check.sql \
	src/store/bots.sql \
	src/store/visit.sql \
	src/store/record_clicks.sql \
	src/store/outcome.sql \
	src/store/identity.sql \
	src/attribution/attribute.sql \
	src/attribution/attribution_report.sql \
	src/rollup/state.sql \
	src/rollup/cells.sql \
	src/rollup/credit_cells.sql \
	src/views/send_outcomes.sql \
	src/rollup/response_cells.sql \
	src/rollup/cohort_cells.sql \
	src/views/clicks.sql \
	src/views/performance.sql \
	src/views/daily_clicks.sql \
	src/views/revenue_by_model.sql \
	src/views/path_top.sql \
	src/views/funnel.sql \
	src/views/time_to_click.sql \
	src/views/click_opt_out.sql \
	src/views/deliverability.sql \
	src/views/holdout_lift.sql \
	src/views/best_send_hour.sql \
	src/views/variant_performance.sql \
	src/views/bot_share.sql \
	src/views/cohort_retention.sql \
	src/views/click_anomalies.sql \
	src/rollup/refresh.sql \
	src/store/maintain.sql \
	src/store/access.sql

DATA = $(wildcard src/upgrade/*.sql)
DATA_built = $(EXTENSION)--$(EXTVERSION).sql
EXTRA_CLEAN = META.json

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=$(EXTENSION)

PG_CPPFLAGS = -I$(srcdir)/src
PG_CONFIG ?= pg_config
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
# Without a server yet (a fresh machine) only the targets that install one work.
ifneq ($(PGXS),)
include $(PGXS)
endif

$(EXTENSION)--$(EXTVERSION).sql: $(SQL_PARTS) clicktrack.control
	cat $(SQL_PARTS) > $@

META.json: META.json.in clicktrack.control
	sed 's/@VERSION@/$(EXTVERSION)/' $< > $@

# Every object depends on every header: the tree is small, a stale object is not.
$(OBJS): $(wildcard src/*.h src/*/*.h)

.PHONY: demo test bench growth versions lint dist

demo test bench growth versions lint:
	@bash test/$@.sh

# The archive for PGXN.
dist: META.json
	git archive --format=zip --prefix=$(EXTENSION)-$(EXTVERSION)/ --add-file=META.json \
		-o $(EXTENSION)-$(EXTVERSION).zip HEAD
