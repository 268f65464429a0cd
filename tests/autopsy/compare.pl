#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# compare.pl --header | NAME TRUTH JSON [SCENE…]: holds the output of lastwords-autopsy --all --json to what the
# machine printed about itself (see init and truth.c), and prints one row of a table; what differs is
# listed below it, each line with "# ". SCENEs: those of the lab module that ran, and nfs.
#
# Tasks are compared whose state, stack and number of context switches are the same in the truths 2 and
# 3, between which (live) or after which (panic, vmcore) the dump was made: the others moved, and
# are only counted. Many stacks are equal: distinct counts each once. Exits 1 when a goal is missed: 99 % of the frames, every owner named, every section.
use strict;
use warnings;
use JSON::PP;

my @columns = ('stacks', 'distinct', 'frames', 'moved', 'RSS', 'modules', 'net', 'memory', 'slabs', 'owners', 'scenes',
	'death', 'sections');
my $format = '%-26s' . ' %-9s' x @columns . "\n";
my @sections = qw(death cpus tasks memory network storage system);

if (@ARGV == 1 && $ARGV[0] eq '--header') {
	printf $format, 'dump', @columns;
	exit 0;
}
die "usage: compare.pl --header | NAME TRUTH JSON [SCENE…]\n" if @ARGV < 3;
my ($name, $truth_file, $json_file, @scenes) = @ARGV;
my @differences;
my $missed = 0;

sub read_file {
	my ($path) = @_;
	open my $f, '<', $path or die "compare.pl: $path: $!\n";
	local $/;
	return scalar <$f>;
}

sub differs { push @differences, join '', @_ }

# The text of the truths by number and section, and what the crash printed.
my (@round, $crash, %once);
{
	my ($number, $section, $died) = (0, '', 0);
	for my $line (split /\n/, read_file($truth_file)) {
		if ($line =~ /^rig: truth (\d) begins/) { $number = $1; $section = ''; next }
		if ($line =~ /^rig: truth \d ends/) { $number = 0; $section = ''; next }
		if ($line =~ /^rig: dies/) { $died = 1; next }
		if ($line =~ /^@@(.*)/) { $section = $1; next }
		if ($died) { $crash .= "$line\n" }
		elsif ($number) { $round[$number]{$section} .= "$line\n" }
		else { $once{$section} .= "$line\n" }
	}
	die "compare.pl: $truth_file has no three truths\n" unless $round[3]{'tasks'};
}

sub tasks_of {
	my ($text) = @_;
	my %task;
	my $t;
	for (split /\n/, $text) {
		if (/^T (\d+)$/) { $t = $task{$1} = {pid => $1, stack => []} }
		elsif (!$t) { next }
		elsif (/^\d+ \((.*)\) (\S) /) { @$t{'comm', 'state'} = ($1, $2) }
		elsif (/^Name:\t(.*)/) { $t->{name} = $1 }
		elsif (/^Tgid:\s+(\d+)/) { $t->{tgid} = $1 }
		elsif (/^VmRSS:\s+(\d+)/) { $t->{rss} = $1 }
		elsif (/voluntary_ctxt_switches:\s+(\d+)/) { $t->{switches} += $1 }
		elsif (/^\[<0>\] (.*)/) { push @{$t->{stack}}, $1 }
	}
	return \%task;
}

my ($before, $after) = map { tasks_of($round[$_]{'tasks'}) } 2, 3;
my $json = eval { JSON::PP->new->utf8->decode(read_file($json_file)) }
	or die "compare.pl: $json_file: not JSON: $@";
my $json_text = read_file($json_file);

# The list KEY of SECTION, wherever the section keeps it.
sub list {
	my ($section, @keys) = @_;
	my $in = $json->{$section};
	for my $key (@keys) {
		return $in->{$key} if ref $in eq 'HASH' && ref $in->{$key} eq 'ARRAY';
		return $json->{$key} if ref $json->{$key} eq 'ARRAY';
	}
	return ref $in eq 'ARRAY' ? $in : [];
}

my %found = map { $_->{pid} => $_ } grep { defined $_->{pid} } @{list('tasks', 'all', 'tasks')};

# --- tasks
my ($stacks, $stacks_equal, $frames, $frames_equal, $moved, $rss, $rss_equal) = (0) x 7;
my (%distinct, %distinct_bad);
for my $pid (sort { $a <=> $b } keys %$after) {
	my ($old, $new, $got) = ($before->{$pid}, $after->{$pid}, $found{$pid});
	my $same = $old && $old->{state} eq $new->{state} && $new->{state} ne 'R' &&
		$old->{switches} == $new->{switches} && "@{$old->{stack}}" eq "@{$new->{stack}}";
	if (!$same) {
		$moved++;
		next;
	}
	my $who = "$pid $new->{comm}";
	my @want = @{$new->{stack}};
	$stacks++ if @want;
	$frames += @want;
	$distinct{"@want"} = 1 if @want;
	if (!$got) {
		$distinct_bad{"@want"} = 1;
		differs("$who: not in the output");
		next;
	}
	my @have = @{$got->{stack} // []};
	# /proc leaves out the scheduler's own functions
	shift @have while @want && @have && $have[0] ne $want[0] && grep { $_ eq $want[0] } @have[1 .. $#have];
	my $equal = grep { $_ <= $#have && $want[$_] eq $have[$_] } 0 .. $#want;
	$frames_equal += $equal;
	my $all = $equal == @want && @have == @want;
	$stacks_equal++ if $all && @want;
	if (!$all) {
		$distinct_bad{"@want"} = 1;
		differs("$who: stack is [@have], should be [@want]");
	}
	differs("$who: state is ", $got->{state} // 'missing', ", should be $new->{state}")
		if ($got->{state} // '') ne $new->{state};
	(my $comm = $new->{comm}) =~ s/^(kworker\/[^-+]*)[-+].*/$1/;
	differs("$who: comm is ", $got->{comm} // 'missing') if ($got->{comm} // '') !~ /^\Q$comm\E/;
	if (defined $new->{rss} && $new->{rss} == ($old->{rss} // -1) && $new->{tgid} == $pid) {
		$rss++;
		if (($got->{rss_kb} // -1) == $new->{rss}) { $rss_equal++ }
		else { differs("$who: rss_kb is ", $got->{rss_kb} // 'missing', ", should be $new->{rss}") }
	}
}
$missed = 1 if $frames == 0 || $frames_equal < 0.99 * $frames;

# --- modules
my ($modules, $modules_equal) = (0, 0);
{
	my %have = map { $_->{name} => $_ } grep { ref } @{list('modules', 'modules', 'list')},
		@{list('system', 'modules')};
	for (split /\n/, $round[3]{'/proc/modules'}) {
		my ($module, $size, $refs) = split;
		my $got = $have{$module};
		$modules++;
		if ($got && $got->{size} == $size && ($got->{refs} // -1) == $refs) { $modules_equal++ }
		else {
			differs("module $module: ", $got ? join(' ', map { "$_=" . ($got->{$_} // '-') } 'size', 'refs') :
				'missing', ", should be $size, $refs refs");
		}
	}
}

# --- network counters, of which some may go on between the truths
my ($counters, $counters_equal) = (0, 0);
{
	my @keys = qw(rx_bytes rx_packets rx_errors rx_dropped _ _ _ _ tx_bytes tx_packets tx_errors tx_dropped);
	my %have = map { $_->{name} => $_ } @{list('network', 'devices')};
	my %devices;
	for my $number (2, 3) {
		for (split /\n/, $round[$number]{'/proc/net/dev'}) {
			my ($device, $values) = /^\s*(\S+):\s*(.*)/ or next;
			push @{$devices{$device}}, [split ' ', $values];
		}
	}
	for my $device (sort keys %devices) {
		my ($old, $new) = @{$devices{$device}};
		for my $i (grep { $keys[$_] ne '_' } 0 .. $#keys) {
			my $got = $have{$device}{$keys[$i]};
			next if !defined $got && $keys[$i] =~ /errors|dropped/;
			$counters++;
			if (defined $got && $got >= $old->[$i] && ($got <= $new->[$i] || $got - $new->[$i] < 5000 && $crash)) {
				$counters_equal++;
			} else {
				differs("$device: $keys[$i] is ", $got // 'missing', ", should be $new->[$i]");
			}
		}
	}
}

# --- memory: exact where nothing moves, else within what passed between the truths and 2 %
my ($values, $values_equal) = (0, 0);
{
	my %name = (total => 'MemTotal', free => 'MemFree', buffers => 'Buffers', cached => 'Cached', slab => 'Slab',
		anon => 'AnonPages', mapped => 'Mapped', shmem => 'Shmem', dirty => 'Dirty', writeback => 'Writeback',
		page_tables => 'PageTables', kernel_stack => 'KernelStack', unevictable => 'Unevictable',
		swap_total => 'SwapTotal', swap_free => 'SwapFree', slab_reclaimable => 'SReclaimable',
		slab_unreclaimable => 'SUnreclaim', mlocked => 'Mlocked', active_anon => 'Active(anon)',
		inactive_anon => 'Inactive(anon)', active_file => 'Active(file)', inactive_file => 'Inactive(file)');
	my @meminfo = map { {($round[$_]{'/proc/meminfo'} =~ /^(\S+):\s+(\d+)/mg)} } 2, 3;
	my $have = ref $json->{memory} eq 'HASH' ? $json->{memory} : {};
	for my $key (sort keys %name) {
		my ($low, $high) = sort { $a <=> $b } map { $_->{$name{$key}} // 0 } @meminfo;
		my $got = $have->{"${key}_kb"} // $have->{$key};
		if (!defined $got) {
			$values++, differs("memory: no total") if $key eq 'total';
			next;
		}
		$values++;
		my $slack = $key eq 'total' ? 0 : 0.02 * $high + 1024;
		if ($got >= $low - $slack && $got <= $high + $slack) { $values_equal++ }
		else { differs("memory: $key is $got, should be $low to $high") }
	}
}

# --- slabs that are shown: the geometry is exact
my ($slabs, $slabs_equal) = (0, 0);
{
	my %truth;
	for (split /\n/, $round[3]{'/proc/slabinfo'} // '') {
		my ($cache, undef, $total, $size) = split;
		$truth{$cache} = [$total, $size] if defined $size && $size =~ /^\d+$/;
	}
	for my $got (@{list('memory', 'slabs')}) {
		my $want = $truth{$got->{name} // ''} or next;
		$slabs++;
		my $size = $got->{object_bytes} // $got->{object_size} // $got->{size} // -1;
		my $total = $got->{objects} // $got->{total} // $got->{total_objects} // -1;
		if ($size == $want->[1] && abs($total - $want->[0]) <= 0.1 * $want->[0] + 512) { $slabs_equal++ }
		else { differs("slab $got->{name}: $total objects of $size, should be $want->[0] of $want->[1]") }
	}
}

# --- owners of locks, and scenes
my ($owners, $owners_named, $wanted, $seen) = (0) x 4;
my %scene = map { $_ => 1 } @scenes;
{
	my @want = (['s-mutex', 's-fault'], ['s-rwsem', 's-fault']);
	push @want, ['lab_dead_ab', 'lab_dead_ba'], ['lab_dead_ba', 'lab_dead_ab'] if $scene{deadlock};
	push @want, ['lab_rw_reader', 'lab_rw_owner'], ['lab_rw_writer', 'lab_rw_owner'] if $scene{rwsem};
	my %by_comm = map { $_->{comm} => $_ } grep { defined $_->{comm} } values %found;
	for (@want) {
		my ($waiter, $owner) = @$_;
		my $for = $by_comm{$waiter}{waits_for};
		my $got = ref $for eq 'HASH' ? $for->{owner} // $for->{task} // $for->{comm} : undef;
		$got = $got->{comm} if ref $got eq 'HASH';
		$owners++;
		if (($got // '') eq $owner) { $owners_named++ }
		else { differs("$waiter waits for ", $got // 'nobody', ", should be $owner") }
	}
	$missed = 1 if $owners_named < $owners;

	# what must be said somewhere
	my %pattern = (deadlock => 'deadlock', busy_work => 'lab_scene_busy_work', nfs => 's-nfs',
		irqs_off => 'lab_scene_irqs_off', tx_stopped => '"(queues_)?stopped(_\w+)?":');
	for my $what (sort grep { $pattern{$_} } keys %scene) {
		$wanted++;
		if ($json_text =~ /$pattern{$what}/) { $seen++ }
		else { differs("scene $what: nothing matches $pattern{$what}") }
	}
}

# --- the stack of the task that died, as the panic printed it, up to the last frame
my ($last, $last_equal) = (0, 0);
if ($crash && $name !~ /live/) {
	my @want;
	for (split /\n/, $crash) {
		s/^\[[ 0-9.]+\] ?//;
		@want = () if /^Call [Tt]race:/;
		push @want, $1 if /^ +([A-Za-z_]\S*\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[\S+\])?)$/;
	}
	my @have = map { s/^RIP: //r } @{$json->{death}{stack} // []};
	$last = @want;
	while ($last_equal < @want && $last_equal < @have && $want[-1 - $last_equal] eq $have[-1 - $last_equal]) {
		$last_equal++;
	}
	differs("death: stack is [@have], printed was [@want]") if $last_equal < $last;
}

my $present = grep { exists $json->{$_} } @sections;
differs("no section $_") for grep { !exists $json->{$_} } @sections;
$missed = 1 if $present < @sections;

delete $distinct_bad{''};
my $distinct_equal = keys(%distinct) - keys %distinct_bad;
printf $format, $name, "$stacks_equal/$stacks", "$distinct_equal/" . keys(%distinct), "$frames_equal/$frames", $moved, "$rss_equal/$rss",
	"$modules_equal/$modules", "$counters_equal/$counters", "$values_equal/$values", "$slabs_equal/$slabs",
	"$owners_named/$owners", "$seen/$wanted", "$last_equal/$last", "$present/" . @sections;
print "# $_\n" for @differences;
exit $missed;
